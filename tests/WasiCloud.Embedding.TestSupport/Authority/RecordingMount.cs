using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Authority;

/// <summary>
/// A mount with a fixed tree, which notes the path of everything that it is asked for, and does as if everything could be changed. It notes in the
/// invocation's own <see cref="AskedPaths"/> if that is among its features.
/// </summary>
/// <param name="path">Where it is mounted.</param>
/// <param name="directories">The paths of its directories, without its own.</param>
/// <param name="files">The paths of its files.</param>
/// <param name="links">The paths of its symbolic links, and what they say.</param>
internal sealed class RecordingMount(string path, HashSet<string> directories, HashSet<string> files, Dictionary<string, string> links) : IVirtualMount
{
    /// <summary>What it was asked for by invocations without a place of their own for that.</summary>
    public AskedPaths Asked { get; } = [];

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        new(new Directory(new Tree(directories, files, links, context.GetFeature<AskedPaths>() ?? Asked), path));

    private sealed record Tree(HashSet<string> Directories, HashSet<string> Files, Dictionary<string, string> Links, AskedPaths Asked)
    {
        public VirtualNode? Find(string name)
        {
            if (Directories.Contains(name)) return new Directory(this, name);
            if (Files.Contains(name)) return new File(this, name);
            return Links.TryGetValue(name, out var target) ? new Link(this, name, target) : null;
        }
    }

    private sealed class Directory(Tree tree, string path) : VirtualDirectory
    {
        public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken)
        {
            Note("lookup", name);
            return tree.Find($"{path}/{name}") is { } node ? (FsResult<VirtualNode>)node : (FsResult<VirtualNode>)Errno.NoEnt;
        }

        public override async IAsyncEnumerable<DirectoryEntry> EnumerateAsync(
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await ValueTask.CompletedTask;
            foreach (var name in new[] { "a", "b", "c", "d", "l" })
            {
                if (tree.Find($"{path}/{name}") is { } node) yield return new DirectoryEntry(name, node.Type);
            }
        }

        public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken)
        {
            tree.Asked.Add(("times", path));
            return new(Errno.Success);
        }

        public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken)
        {
            Note("create", name);
            return (FsResult<VirtualFile>)new File(tree, $"{path}/{name}");
        }

        public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken)
        {
            Note("mkdir", name);
            return new(tree.Find($"{path}/{name}") is null ? Errno.Success : Errno.Exist);
        }

        public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) => Done("symlink", name);

        public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken)
        {
            tree.Asked.Add(("linked", ((File)target).Path));
            return Done("link", name);
        }

        public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) => Done("unlink", name);

        public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) => Done("rmdir", name);

        public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken)
        {
            Note("rename-from", name);
            return ((Directory)destination).Done("rename-to", newName);
        }

        private ValueTask<Errno> Done(string operation, string name)
        {
            Note(operation, name);
            return new(Errno.Success);
        }

        private void Note(string operation, string name) => tree.Asked.Add((operation, $"{path}/{name}"));
    }

    private sealed class File(Tree tree, string path) : VirtualFile
    {
        public string Path => path;

        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken)
        {
            tree.Asked.Add(("stat", path));
            return (FsResult<NodeAttributes>)new NodeAttributes(1);
        }

        public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken)
        {
            tree.Asked.Add(("times", path));
            return new(Errno.Success);
        }

        public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken)
        {
            if ((options.Access & FileAccess.Read) != 0) tree.Asked.Add(("read", path));
            if ((options.Access & FileAccess.Write) != 0) tree.Asked.Add(("write", path));
            return (FsResult<FileHandle>)new Handle();
        }
    }

    private sealed class Link(Tree tree, string path, string target) : VirtualSymlink
    {
        public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
            (FsResult<NodeAttributes>)new NodeAttributes();

        public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken)
        {
            tree.Asked.Add(("readlink", path));
            return (FsResult<string>)target;
        }
    }

    private sealed class Handle : FileHandle
    {
        public override bool CanSeek => true;
    }
}
