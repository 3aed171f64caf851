using System.Buffers.Binary;
using System.Text;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Fuzz.Imports;
using WasiCloud.Embedding.Guests;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>A guest without WebAssembly that calls the path functions on the directory that it was given: the root of one mount.</summary>
internal sealed class PathGuest : IGuestDiagnostics, IAsyncDisposable
{
    public const int BufferBytes = 65_536;
    private const uint Buffer = 16;
    private const uint Paths = Buffer + BufferBytes;

    private static readonly Dictionary<string, HostFunction> s_functions =
        Preview1Functions.Table.Functions.Where(function => function.Module == Preview1Functions.Preview1Module)
            .ToDictionary(function => function.Name, StringComparer.Ordinal);

    private readonly GuardedMemory _memory = new(Paths + (4 * BufferBytes));
    private readonly InvocationNamespace _namespace;
    private readonly DescriptorTable _descriptors = new(16);
    private readonly Preview1Context _context;

    private PathGuest(MountTable table, GuestPolicy? policy, string? tenant)
    {
        _namespace = new InvocationNamespace(table, new InvocationContext { Id = "paths", Tenant = tenant, PolicyLimits = policy?.Limits });
        if (policy is not null) _namespace.Bind(AuthorityCompiler.Compile(policy, table, hasTenant: tenant is not null));
        _descriptors.Add(new Descriptor(_namespace.Root, handle: null, "/", string.Empty) { PreopenName = "/"u8.ToArray() });
        _context = new Preview1Context(new GuestState(_descriptors, new GuestClock(TimeProvider.System), SystemRandomSource.Instance), this, _namespace);
    }

    /// <summary>The root of the mount.</summary>
    public uint Directory { get; private set; }

    /// <summary>Whether it was denied something because it has no tenant.</summary>
    public bool LacksTenant => _namespace.LacksTenant;

    /// <summary>Exceptions inside of the library.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Makes a guest that begins in the root of all mounts.</summary>
    public static PathGuest Create(MountTable table, GuestPolicy? policy = null, string? tenant = null) => new(table, policy, tenant);

    public static async Task<PathGuest> CreateAsync(MountTable table, string mount)
    {
        var guest = Create(table);
        var (error, number) = await guest.OpenAsync(Encoding.UTF8.GetBytes(mount), OpenFlags.Directory, 0, follow: false, directory: 0);
        if (error != Errno.Success) throw new InvalidOperationException($"{mount}: {error}");
        guest.Directory = number;
        return guest;
    }

    public void HostCallFailed(string function, string path, Exception exception) => Failures.Add($"{function}: {exception}");

    public async Task<Errno> CallAsync(string name, params ulong[] arguments)
    {
        var call = default(CallArguments);
        for (var index = 0; index < arguments.Length; index++) call[index] = arguments[index];
        _context.Memory = _memory.Memory;
        var function = s_functions[name];
        var outcome = function.Begin(_context, call);
        return outcome.IsMustWait ? await function.CompleteAsync(_context, call, CancellationToken.None) : outcome.Error;
    }

    public async Task<(Errno Error, uint Number)> OpenAsync(byte[] path, OpenFlags flags, Rights rights, bool follow, uint? directory = null)
    {
        Put(0, path);
        var error = await CallAsync("path_open", directory ?? Directory, follow ? 1UL : 0, Paths, (uint)path.Length, (uint)flags, (ulong)rights, 0, 0, 0);
        return (error, BinaryPrimitives.ReadUInt32LittleEndian(_memory.Slice(0, 4)));
    }

    /// <summary>Calls a function of the form (directory, path, length).</summary>
    public Task<Errno> OnPathAsync(string function, byte[] path, uint? directory = null)
    {
        Put(0, path);
        return CallAsync(function, directory ?? Directory, Paths, (uint)path.Length);
    }

    public async Task<(Errno Error, ulong Size)> StatusAsync(byte[] path, bool follow)
    {
        Put(0, path);
        var error = await CallAsync("path_filestat_get", Directory, follow ? 1UL : 0, Paths, (uint)path.Length, Buffer);
        return (error, BinaryPrimitives.ReadUInt64LittleEndian(_memory.Slice(Buffer + 32, 8)));
    }

    public Task<Errno> SetTimesAsync(byte[] path, bool follow)
    {
        Put(0, path);
        return CallAsync("path_filestat_set_times", Directory, follow ? 1UL : 0, Paths, (uint)path.Length, 1, 1, 5);
    }

    public Task<Errno> LinkAsync(byte[] from, byte[] to)
    {
        Put(0, from);
        Put(1, to);
        return CallAsync("path_link", Directory, 0, Paths, (uint)from.Length, Directory, Paths + BufferBytes, (uint)to.Length);
    }

    public Task<Errno> SymlinkAsync(byte[] target, byte[] path)
    {
        Put(0, target);
        Put(1, path);
        return CallAsync("path_symlink", Paths, (uint)target.Length, Directory, Paths + BufferBytes, (uint)path.Length);
    }

    public Task<Errno> RenameAsync(byte[] from, byte[] to, uint? directory = null)
    {
        Put(0, from);
        Put(1, to);
        return CallAsync("path_rename", directory ?? Directory, Paths, (uint)from.Length, directory ?? Directory, Paths + BufferBytes, (uint)to.Length);
    }

    public async Task<(Errno Error, string Target)> ReadLinkAsync(byte[] path)
    {
        Put(0, path);
        var error = await CallAsync("path_readlink", Directory, Paths, (uint)path.Length, Buffer, BufferBytes, 0);
        return (error, error == Errno.Success ? Text() : string.Empty);
    }

    /// <summary>The names of a directory, with their headers.</summary>
    public async Task<(Errno Error, string Names)> ListAsync(uint number)
    {
        var error = await CallAsync("fd_readdir", number, Buffer, BufferBytes, 0, 0);
        return (error, error == Errno.Success ? Text() : string.Empty);
    }

    /// <summary>The names of a directory that has few.</summary>
    public async Task<(Errno Error, List<string> Names)> ListNamesAsync(uint number)
    {
        const uint header = 24;
        var error = await CallAsync("fd_readdir", number, Buffer, BufferBytes, 0, 0);
        var (names, used) = (new List<string>(), error == Errno.Success ? BinaryPrimitives.ReadUInt32LittleEndian(_memory.Slice(0, 4)) : 0);
        for (var position = Buffer; position < Buffer + used;)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(_memory.Slice(position + 16, 4));
            names.Add(Encoding.UTF8.GetString(_memory.Slice(position + header, (int)length)));
            position += header + length;
        }

        return (error, names);
    }

    public async Task<(Errno Error, string Text)> ReadAsync(uint number)
    {
        PutVector(BufferBytes);
        var error = await CallAsync("fd_read", number, 4, 1, 0);
        return (error, error == Errno.Success ? Text() : string.Empty);
    }

    public Task<Errno> WriteAsync(uint number, string text)
    {
        Encoding.UTF8.GetBytes(text).CopyTo(_memory.Slice(Buffer, text.Length));
        PutVector((uint)text.Length);
        return CallAsync("fd_write", number, 4, 1, 0);
    }

    /// <summary>A byte of what the last call wrote.</summary>
    public byte Byte(uint offset) => _memory.Slice(Buffer + offset, 1)[0];

    public async Task<ulong> SizeAsync(uint number)
    {
        var error = await CallAsync("fd_filestat_get", number, Buffer);
        return error == Errno.Success ? BinaryPrimitives.ReadUInt64LittleEndian(_memory.Slice(Buffer + 32, 8)) : 0;
    }

    public async ValueTask DisposeAsync()
    {
        await _descriptors.CloseAllAsync(CloseReason.Closed, CancellationToken.None);
        _namespace.Release();
        _memory.Dispose();
    }

    private void Put(uint slot, byte[] path) => path.CopyTo(_memory.Slice(Paths + (slot * BufferBytes), path.Length));

    private void PutVector(uint length)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_memory.Slice(4, 4), Buffer);
        BinaryPrimitives.WriteUInt32LittleEndian(_memory.Slice(8, 4), length);
    }

    private string Text() => Encoding.UTF8.GetString(_memory.Slice(Buffer, (int)BinaryPrimitives.ReadUInt32LittleEndian(_memory.Slice(0, 4))));
}
