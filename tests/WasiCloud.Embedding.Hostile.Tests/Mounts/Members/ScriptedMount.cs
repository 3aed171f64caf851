using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Hostile.Tests.Mounts.Members;

/// <summary>
/// A mount with files <c>f...</c>, a stream <c>s</c>, a link <c>l</c> and a directory <c>d</c>, of which one member does as a <see cref="MemberScript"/> says.
/// </summary>
internal sealed class ScriptedMount : IVirtualMount
{
    public const int FileBytes = 10;

    private TaskCompletionSource _entered = New();
    private TaskCompletionSource _goOn = New();
    private TaskCompletionSource _gone = New();
    private MemberScript _script = MemberScript.Honest;
    private int _openHandles;

    /// <summary>How many handles were given and are not closed.</summary>
    public int OpenHandles => Volatile.Read(ref _openHandles);

    /// <summary>Completes when the scripted member was called.</summary>
    public Task Entered => _entered.Task;

    /// <summary>Begins with a script. Nobody is in the mount.</summary>
    public void Begin(MemberScript script) => (_script, _entered, _goOn, _gone) = (script, New(), New(), New());

    /// <summary>What was left behind goes on, and comes to its end before this completes.</summary>
    public Task GoOnAsync()
    {
        _goOn.TrySetResult();
        return _gone.Task;
    }

    public ValueTask<VirtualDirectory> AttachAsync(InvocationContext context, CancellationToken cancellationToken) =>
        RunAsync<VirtualDirectory>("IVirtualMount.AttachAsync", () => new ScriptedDirectory(this), cancellationToken);

    /// <summary>Gives a handle.</summary>
    public FsResult<FileHandle> Open(bool isStream)
    {
        Interlocked.Increment(ref _openHandles);
        return new ScriptedHandle(this, isStream);
    }

    /// <summary>Takes a handle back.</summary>
    public void Close() => Interlocked.Decrement(ref _openHandles);

    /// <summary>Runs a member that may wait.</summary>
    public ValueTask<T> RunAsync<T>(string member, Func<T> honest, CancellationToken cancellationToken)
    {
        if (_script.Member != member) return new(honest());
        _entered.TrySetResult();
        return _script.Manner switch
        {
            Manner.AtOnce => new((T)_script.Lie!()!),
            Manner.Later => LaterAsync<T>(_script.Lie!),
            Manner.Slowly => SlowlyAsync<T>(cancellationToken),
            _ => TooLateAsync(honest, cancellationToken),
        };
    }

    /// <summary>Runs a member that cannot wait.</summary>
    public T Run<T>(string member, T honest) => _script.Member == member ? (T)_script.Lie!()! : honest;

    /// <summary>Runs the listing.</summary>
    public IAsyncEnumerable<DirectoryEntry> Enumerate(string member, CancellationToken cancellationToken)
    {
        if (_script.Member != member || _script.Manner != Manner.AtOnce) return ListAsync(cancellationToken);
        _entered.TrySetResult();
        return (IAsyncEnumerable<DirectoryEntry>)_script.Lie!()!;

        async IAsyncEnumerable<DirectoryEntry> ListAsync([EnumeratorCancellation] CancellationToken token)
        {
            var list = await RunAsync<IAsyncEnumerable<DirectoryEntry>>(member, () => NothingAsync(token), token);
            await foreach (var entry in list.WithCancellation(token)) yield return entry;
        }
    }

    private static async IAsyncEnumerable<DirectoryEntry> NothingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        yield break;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async ValueTask<T> LaterAsync<T>(Func<object?> lie)
    {
        await Task.Yield();
        return (T)lie()!;
    }

    private static async ValueTask<T> SlowlyAsync<T>(CancellationToken cancellationToken)
    {
        await Task.Delay(Timeout.Infinite, cancellationToken);
        throw new UnreachableException();
    }

    // What everybody writes whose library knows no cancellation.
    private async ValueTask<T> TooLateAsync<T>(Func<T> honest, CancellationToken cancellationToken) => await GoOnLateAsync(honest).WaitAsync(cancellationToken);

    private async Task<T> GoOnLateAsync<T>(Func<T> honest)
    {
        var gone = _gone;
        await _goOn.Task;
        var result = honest();
        gone.TrySetResult();
        return result;
    }
}

internal sealed class ScriptedDirectory(ScriptedMount mount) : VirtualDirectory
{
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)default(NodeAttributes);

    public override ValueTask<FsResult<VirtualNode>> LookupAsync(string name, CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualDirectory.LookupAsync", () => Find(name), cancellationToken);

    public override ValueTask<FsResult<VirtualNode>> TraverseAsync(string name, CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualDirectory.TraverseAsync", () => Find(name), cancellationToken);

    public override IAsyncEnumerable<DirectoryEntry> EnumerateAsync(CancellationToken cancellationToken) =>
        mount.Enumerate("VirtualDirectory.EnumerateAsync", cancellationToken);

    public override ValueTask<FsResult<VirtualFile>> CreateFileAsync(string name, bool exclusive, CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualDirectory.CreateFileAsync", () => (FsResult<VirtualFile>)new ScriptedFile(mount), cancellationToken);

    public override ValueTask<Errno> CreateDirectoryAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.CreateDirectoryAsync", cancellationToken);

    public override ValueTask<Errno> CreateSymlinkAsync(string name, string target, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.CreateSymlinkAsync", cancellationToken);

    public override ValueTask<Errno> LinkAsync(VirtualNode target, string name, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.LinkAsync", cancellationToken);

    public override ValueTask<Errno> RemoveFileAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.RemoveFileAsync", cancellationToken);

    public override ValueTask<Errno> RemoveDirectoryAsync(string name, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.RemoveDirectoryAsync", cancellationToken);

    public override ValueTask<Errno> RenameAsync(string name, VirtualDirectory destination, string newName, CancellationToken cancellationToken) =>
        ChangeAsync("VirtualDirectory.RenameAsync", cancellationToken);

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => ChangeAsync("VirtualDirectory.FlushAsync", cancellationToken);

    private ValueTask<Errno> ChangeAsync(string member, CancellationToken cancellationToken) => mount.RunAsync(member, () => Errno.Success, cancellationToken);

    private FsResult<VirtualNode> Find(string name) => name[0] switch
    {
        'f' => new ScriptedFile(mount),
        's' => new ScriptedFile(mount, isStream: true),
        'l' => new ScriptedLink(mount),
        'd' => new ScriptedDirectory(mount),
        _ => Errno.NoEnt,
    };
}

internal sealed class ScriptedLink(ScriptedMount mount) : VirtualSymlink
{
    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        (FsResult<NodeAttributes>)default(NodeAttributes);

    public override ValueTask<FsResult<string>> ReadTargetAsync(CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualSymlink.ReadTargetAsync", () => (FsResult<string>)"f", cancellationToken);
}

internal sealed class ScriptedFile(ScriptedMount mount, bool isStream = false) : VirtualFile
{
    public override bool ChangesWhenOpened => mount.Run("VirtualFile.ChangesWhenOpened", honest: false);

    public override bool KeepsWhatIsWritten => mount.Run("VirtualFile.KeepsWhatIsWritten", honest: false);

    public override FileType Type => mount.Run("VirtualNode.Type", FileType.RegularFile);

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualNode.GetAttributesAsync", () => (FsResult<NodeAttributes>)new NodeAttributes(ScriptedMount.FileBytes), cancellationToken);

    public override ValueTask<Errno> SetAttributesAsync(AttributeChanges changes, CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualNode.SetAttributesAsync", () => Errno.Success, cancellationToken);

    public override ValueTask<FsResult<FileHandle>> OpenAsync(FileOpenOptions options, CancellationToken cancellationToken) =>
        mount.RunAsync("VirtualFile.OpenAsync", () => mount.Open(isStream), cancellationToken);

    public override void Release() => mount.Run("VirtualNode.Release", honest: true);
}

internal sealed class ScriptedHandle(ScriptedMount mount, bool isStream) : FileHandle
{
    public override bool CanSeek => mount.Run("FileHandle.CanSeek", honest: !isStream);

    public override int? MaxMessageBytes => mount.Run<int?>("FileHandle.MaxMessageBytes", honest: null);

    public override long? AvailableBytes => mount.Run<long?>("FileHandle.AvailableBytes", honest: 0);

    public override long? KnownSize => mount.Run<long?>("FileHandle.KnownSize", honest: ScriptedMount.FileBytes);

    public override bool HangsUpAtEnd => mount.Run("FileHandle.HangsUpAtEnd", honest: isStream);

    public override ValueTask<FsResult<int>> ReadAsync(Memory<byte> destination, long offset, CancellationToken cancellationToken) => mount.RunAsync(
        "FileHandle.ReadAsync",
        () =>
        {
            destination.Span.Fill(0xEE);
            return (FsResult<int>)Math.Min(ScriptedMount.FileBytes, destination.Length);
        },
        cancellationToken);

    public override ValueTask<FsResult<long>> WriteAsync(ReadOnlySequence<byte> source, long offset, CancellationToken cancellationToken) =>
        mount.RunAsync("FileHandle.WriteAsync", () => (FsResult<long>)(long)source.ToArray().Length, cancellationToken);

    public override ValueTask<FsResult<long>> AppendAsync(ReadOnlySequence<byte> source, CancellationToken cancellationToken) =>
        mount.RunAsync("FileHandle.AppendAsync", () => (FsResult<long>)(long)source.ToArray().Length, cancellationToken);

    public override ValueTask<FsResult<NodeAttributes>> GetAttributesAsync(CancellationToken cancellationToken) =>
        mount.RunAsync("FileHandle.GetAttributesAsync", () => (FsResult<NodeAttributes>)new NodeAttributes(ScriptedMount.FileBytes), cancellationToken);

    public override ValueTask<Errno> SetSizeAsync(long size, CancellationToken cancellationToken) => ChangeAsync("FileHandle.SetSizeAsync", cancellationToken);

    public override ValueTask<Errno> AllocateAsync(long offset, long length, CancellationToken cancellationToken) =>
        ChangeAsync("FileHandle.AllocateAsync", cancellationToken);

    public override ValueTask<FsResult<FileReadiness>> PollAsync(FileReadiness interest, CancellationToken cancellationToken) =>
        mount.RunAsync("FileHandle.PollAsync", () => (FsResult<FileReadiness>)interest, cancellationToken);

    public override ValueTask<Errno> FlushAsync(CancellationToken cancellationToken) => ChangeAsync("FileHandle.FlushAsync", cancellationToken);

    public override ValueTask<Errno> FlushDataAsync(CancellationToken cancellationToken) => ChangeAsync("FileHandle.FlushDataAsync", cancellationToken);

    public override ValueTask<Errno> CloseAsync(CloseReason reason, CancellationToken cancellationToken)
    {
        mount.Close();
        return ChangeAsync("FileHandle.CloseAsync", cancellationToken);
    }

    private ValueTask<Errno> ChangeAsync(string member, CancellationToken cancellationToken) => mount.RunAsync(member, () => Errno.Success, cancellationToken);
}
