using System.Buffers.Binary;
using System.Text;
using WasiCloud.Embedding.HostCalls;
using WasiCloud.Embedding.Preview1;

namespace WasiCloud.Embedding.Fuzz.Imports;

/// <summary>Turns a fuzzer's bytes into calls: each argument is what its role asks for, or something that nobody should pass.</summary>
/// <param name="memoryBytes">The size of the guest's memory.</param>
/// <param name="floor">The lowest address that well-meant arguments use.</param>
/// <param name="maxTransfer">The largest length that is asked for, unless it cannot fit the memory anyway.</param>
internal sealed class CallPlanner(ulong memoryBytes, uint floor = 0, uint maxTransfer = uint.MaxValue)
{
    // How many of the paths, from the first, are what most calls are about.
    private const int CommonPaths = 14;
    private const ulong MaxAllocation = 1 << 20;

    private static readonly string[][] s_roles = [.. Preview1Functions.Table.Functions.Select(Roles.Of)];

    // Most calls are of these, so that there is something to call the others on.
    private static readonly int[] s_favoured =
    [
        .. new[]
        {
            "path_open", "path_open", "path_open", "path_open", "path_open", "path_create_directory", "path_create_directory", "path_symlink", "path_link",
            "path_rename", "fd_write",
            "fd_write", "fd_read", "fd_readdir", "fd_close", "fd_renumber", "fd_seek", "fd_pwrite", "fd_filestat_set_size", "path_unlink_file", "poll_oneoff",
        }.Select(IndexOf),
    ];

    private static readonly byte[][] s_paths =
    [
        .. new[]
        {
            "a", "b", "dir", "dir/x", "link", "link/x", "host/f", "host/d", "host/d/f", "kv/key", "kv/d/key", "a", "dev/null", "response/headers/x-a", "file",
            "dir/y/z", "loop", ".", "..", "dir/..", "dir/../..", "", "/", "/a", "a/", "dir/", "./a", "a//b", "host",
            "host/link", "host/d/../f", "kv/d", "kv/.tx", "kv", "ro/mount/x", "ro/mount", "ro", "dev/zero", "dev/full", "dev/random", "dev", "request/body",
            "request/txt",
            "request/json", "request/headers/host", "request/method", "request", "response/body", "response/txt", "response/json", "response/status",
            "response/headers", "a\0b",
            new string('n', 255), new string('n', 256), new string('p', 4096), new string('p', 4097), "caf\u00e9", "\ud83d\ude00",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE], [0xC0, 0xAE, 0xC0, 0xAE, 0x2F], [0xED, 0xA0, 0x80], [.. Enumerable.Repeat("d/"u8.ToArray(), 2000).SelectMany(it => it)],
    ];

    private static readonly uint[] s_edges = [0, 1, 2, 3, 7, 8, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFE, 0xFFFF_FFFF, 1024, 1025, 65_536, 65_537, 0x1000_0000];
    private static readonly ulong[] s_wideEdges =
        [0, 1, 4096, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1UL << 32, 1UL << 40, 1UL << 62, long.MaxValue - 1, long.MaxValue, 1UL << 63, (1UL << 63) + 1,
            ulong.MaxValue - 1, ulong.MaxValue];

    private readonly List<(uint Address, byte[] Bytes)> _pokes = [];

    public PlannedCall Plan(ByteSource source)
    {
        var choice = source.Next();
        var index = choice < s_roles.Length ? choice : s_favoured[choice % s_favoured.Length];
        var roles = s_roles[index];
        _pokes.Clear();
        var arguments = new ulong[roles.Length];
        for (var position = 0; position < roles.Length; position++) Fill(source, roles, arguments, position);
        var parameters = Preview1Functions.Table.Functions[index].Parameters;
        var hostility = source.Next();
        for (var position = 0; position < roles.Length; position++)
        {
            // Every fourth call has hostile arguments, one or several.
            if (hostility % 4 == 3 && (hostility >> 2) % roles.Length == position) arguments[position] = Hostile(source, parameters[position].Type);
            else if (hostility == 0xF0) arguments[position] = Hostile(source, parameters[position].Type);
            if (parameters[position].Type == HostCallValueType.I32) arguments[position] &= uint.MaxValue;
            if (roles[position] == "bl" && arguments[position] <= memoryBytes) arguments[position] = Math.Min(arguments[position], maxTransfer);
        }

        // A host directory has no quota: what is really allocated there is really taken from the disk.
        if (Preview1Functions.Table.Functions[index].Name == "fd_allocate" && arguments[2] is > MaxAllocation and < 1UL << 62) arguments[2] %= MaxAllocation;
        return new PlannedCall(index, arguments, [.. _pokes]);
    }

    private static int IndexOf(string name)
    {
        for (var index = 0; index < Preview1Functions.Table.Functions.Count; index++)
        {
            if (Preview1Functions.Table.Functions[index].Name == name) return index;
        }

        throw new InvalidOperationException(name);
    }

    private void Fill(ByteSource source, string[] roles, ulong[] arguments, int position)
    {
        switch (roles[position])
        {
            case "fd":
                var any = source.Next();
                arguments[position] = any < 0xC0 ? 4 + (any % 4u) : any % 12u;
                break;
            case "dir":
                var number = source.Next();
                arguments[position] = number % 4 != 0 ? 3 : 3 + (number / 4u % 6);
                break;
            case "path":
                var which = source.Next();
                var path = s_paths[which < 0xA0 ? which % CommonPaths : which % s_paths.Length];
                (arguments[position], arguments[position + 1]) = (Put(source, path), (uint)path.Length);
                break;
            case "rv" or "wv":
                var vectors = Vectors(source);
                (arguments[position], arguments[position + 1]) = (Put(source, vectors), (uint)vectors.Length / 8);
                break;
            case "subs":
                FillPoll(source, roles, arguments, position);
                break;
            case "buf":
                var size = (uint)source.Next() * 4;
                (arguments[position], arguments[position + 1]) = (Place(source, size), size);
                break;
            case "argp" or "argb" or "envp" or "envb":
                arguments[position] = Place(source, 64);
                break;
            case "n":
                arguments[position] = source.Next() % 4u;
                break;
            case "f":
                // Flags of which any may be set; the most common are the low ones.
                var flags = source.Next();
                arguments[position] = flags >= 0x80 ? flags & 0x1Fu : flags & 1u;
                break;
            case "of":
                arguments[position] =
                    source.Next() switch { < 0x40 => 0, < 0x90 => 1, < 0xA0 => 2, < 0xB0 => 5, < 0xC0 => 8, < 0xD0 => 9, var other => other & 0x1Fu };
                break;
            case "ff":
                arguments[position] = source.Next() switch { < 0xA0 => 0, < 0xC0 => 1, < 0xE0 => 4, var other => other & 0x3Fu };
                break;
            case "q":
                var wide = source.Next();
                arguments[position] = wide < 0xE0 ? wide : source.Pick<ulong>(s_wideEdges);
                break;
            case "r":
                var rights = source.Next();
                arguments[position] = rights switch { < 0x40 => 0x42, < 0x80 => 0x3FFF_FFFF, < 0xA0 => 2, < 0xC0 => 0x40, _ => source.NextU64() & 0x3FFF_FFFF };
                break;
            case ['o', >= '0' and <= '9', ..] room:
                arguments[position] = Place(source, uint.Parse(room.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                // What a role before it has filled, or nothing.
                break;
        }
    }

    private void FillPoll(ByteSource source, string[] roles, ulong[] arguments, int position)
    {
        var count = 1 + (source.Next() % 3);
        var bytes = new byte[count * 56];
        for (var index = 0; index < count; index++)
        {
            var one = bytes.AsSpan(index * 48);
            BinaryPrimitives.WriteUInt64LittleEndian(one, 0xFEED_0000u + (uint)index);
            one[8] = (byte)(source.Next() % 4 % 3);
            BinaryPrimitives.WriteUInt32LittleEndian(one[16..], source.Next() % 8u);
            BinaryPrimitives.WriteUInt64LittleEndian(one[24..], source.Next() < 0xE0 ? source.Next() * 1000u : source.Pick<ulong>(s_wideEdges));
            one[40] = (byte)(source.Next() & 1);
        }

        (arguments[position], arguments[position + 1], arguments[position + 2]) = (Put(source, bytes), Place(source, (uint)count * 32), (uint)count);
    }

    private byte[] Vectors(ByteSource source)
    {
        var choice = source.Next();
        var count = choice < 0xF8 ? choice % 4 : choice < 0xFC ? 1024 : 1025;
        var bytes = new byte[count * 8];
        var isHostile = source.Next() % 8 == 7;
        for (var index = 0; index < count; index++)
        {
            var length = count <= 4 ? source.Next() * 2u : 1;
            var address = count <= 4 ? Place(source, length) : 0;
            if (isHostile && index == count - 1)
                (address, length) = ((uint)Hostile(source, HostCallValueType.I32), (uint)Hostile(source, HostCallValueType.I32));
            if (length <= memoryBytes) length = Math.Min(length, maxTransfer);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(index * 8), address);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((index * 8) + 4), length);
        }

        return bytes;
    }

    private uint Put(ByteSource source, byte[] bytes)
    {
        var address = Place(source, (uint)bytes.Length);
        if (address <= memoryBytes && (ulong)bytes.Length <= memoryBytes - address && bytes.Length > 0) _pokes.Add((address, bytes));
        return address;
    }

    // Somewhere in the memory, aligned or not, now and then at its very end; 0 if it has no such room.
    private uint Place(ByteSource source, uint size)
    {
        var choice = source.Next();
        if (size + (ulong)floor > memoryBytes) return 0;
        var last = (uint)Math.Min(memoryBytes - size, uint.MaxValue);
        if (choice >= 0xF0) return last;
        var spread = Math.Min(last - floor, 32_768);
        return floor + (uint)((ulong)spread * choice / 0xF0);
    }

    private ulong Hostile(ByteSource source, HostCallValueType type)
    {
        var choice = source.Next();
        if (type == HostCallValueType.I64) return choice < 0xC0 ? s_wideEdges[choice % s_wideEdges.Length] : source.NextU64();
        return choice switch
        {
            < 0x60 => s_edges[choice % s_edges.Length],
            < 0xC0 => (uint)(memoryBytes + (choice % 32u) - 24),
            < 0xE0 => (uint)(memoryBytes / 2) + choice,
            _ => source.NextU32(),
        };
    }
}
