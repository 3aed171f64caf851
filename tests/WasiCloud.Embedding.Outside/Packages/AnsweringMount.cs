using System.Buffers;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace OutsidePackages;

/// <summary>A mount of another's, whose files and directories answer what their names say.</summary>
internal sealed class AnsweringMount(Errno attachment = Errno.Success) : IVirtualMount
{
    // What the host finds absent, so that it is made.
    private static readonly string[] s_made = ["create", "mkdir", "symlink", "link"];

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        attachment == Errno.Success ? new(new Folder("root")) : throw new ErrnoException(attachment);

    private sealed class Folder(string name) : VirtualDirectory
    {
        public override async ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
        {
            // As behind a network: nothing is there at once.
            await Task.Yield();
            var error = Answer.To("lookup", name);
            if (error != Errno.Success) return error;
            if (s_made.Contains(Answer.CallOf(name))) return Errno.NoEnt;
            return Answer.CallOf(name) switch
            {
                "list" or "rmdir" or "syncdir" => new Folder(name),
                "readlink" => new Link(name),
                _ => new Content(name),
            };
        }

        public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new DirectoryEntry("first", FileType.RegularFile);
            await Task.Yield();
            Answer.Throw("list", name);
        }

        public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
            (FsResult<VirtualFile>)Answer.To("create", name);

        public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) => new(Answer.To("mkdir", name));

        public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => new(Answer.To("symlink", name));

        public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) => new(Answer.To("link", name));

        public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => new(Answer.To("unlink", name));

        public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => new(Answer.To("rmdir", name));

        public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
            new(Answer.To("rename", name));

        public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Answer.To("syncdir", name);
        }
    }

    private sealed class Link(string name) : VirtualSymlink
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
            (FsResult<NodeAttributes>)new NodeAttributes();

        public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken) => (FsResult<string>)Answer.To("readlink", name);
    }

    private sealed class Content(string name) : VirtualFile
    {
        public override bool ChangesWhenOpened => name == "taken";

        public override bool KeepsWhatIsWritten => name != "device";

        public override async ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            var error = Answer.To("stat", name);
            return error == Errno.Success ? new NodeAttributes(Size: 10) : error;
        }

        public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) => new(Answer.To("times", name));

        public override async ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var error = Answer.To("open", name);
            return error == Errno.Success ? new Handle(name) : error;
        }
    }

    private sealed class Handle(string name) : FileHandle
    {
        private bool IsStream => name.StartsWith("stream", StringComparison.Ordinal);

        public override bool CanSeek => !IsStream;

        public override long? AvailableBytes => name switch { "stream7" => 7, "stream0" => 0, _ => null };

        public override bool HangsUpAtEnd => name != "stream0";

        public override async ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var error = Answer.To("read", name);
            return error == Errno.Success ? 0 : error;
        }

        public override async ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var error = Answer.To("write", name);
            return error == Errno.Success ? source.Length : error;
        }

        public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken)
        {
            var error = Answer.To("append", name);
            return error == Errno.Success ? (FsResult<long>)source.Length : (FsResult<long>)error;
        }

        public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) => new(Answer.To("truncate", name));

        public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) => new(Answer.To("allocate", name));

        public override ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken) =>
            (FsResult<FileReadiness>)interest;

        public override async ValueTask<Errno> FlushAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Answer.To("sync", name);
        }

        public override async ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken)
        {
            await Task.Yield();
            return Answer.To("datasync", name);
        }

        public override async ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return reason == CloseReason.Closed ? Answer.To("close", name) : Errno.Success;
        }
    }
}
