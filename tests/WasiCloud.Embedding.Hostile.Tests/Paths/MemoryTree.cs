using System.Buffers;
using System.Globalization;
using System.Text;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Mounts.Memory;

namespace WasiCloud.Embedding.Hostile.Tests.Paths;

/// <summary>A mount in memory. Outside is the mount beside it.</summary>
internal sealed class MemoryTree : Tree
{
    private readonly MemoryMount _outside = new();
    private bool _isFilled;

    public override string Outside => "/outside";

    public override async Task<MountTable> ResetAsync()
    {
        if (!_isFilled) await FillOutsideAsync();
        _isFilled = true;
        var mount = new MemoryMount();
        var root = await AttachAsync(mount);
        await CreateAsync(root, "file", "inner");
        await root.CreateDirectoryAsync("dir", default);
        var directory = (VirtualDirectory)(await root.LookupAsync("dir", default)).Value!;
        await CreateAsync(directory, "file2", "inner");
        foreach (var (name, target) in PathCorpus.Links)
        {
            var inDirectory = name.StartsWith("dir/", StringComparison.Ordinal);
            var error = await (inDirectory ? directory : root)
                .CreateSymlinkAsync(inDirectory ? name[4..] : name, target.Replace("{outside}", Outside, StringComparison.Ordinal), default);
            if (error != Errno.Success) throw new InvalidOperationException($"{name}: {error}");
        }

        directory.Release();
        root.Release();
        return new MountTable([("/" + Mount, FileAccess.ReadWrite, mount), (Outside, FileAccess.ReadWrite, _outside)]);
    }

    public override async Task<string> ObserveAsync()
    {
        var text = new StringBuilder();
        await DescribeAsync(await AttachAsync(_outside), text);
        return text.ToString();
    }

    public override void Dispose()
    {
    }

    private static async Task<VirtualDirectory> AttachAsync(MemoryMount mount) => await mount.AttachAsync(new InvocationContext { Id = "observer" }, default);

    private static async Task CreateAsync(VirtualDirectory directory, string name, string content)
    {
        var file = (await directory.CreateFileAsync(name, exclusive: true, default)).Value!;
        var handle = (await file.OpenAsync(new FileOpenOptions(FileAccess.Write), default)).Value!;
        await handle.WriteAsync(new ReadOnlySequence<byte>(Bytes(content)), 0, default);
        await handle.CloseAsync(CloseReason.Closed, default);
        file.Release();
    }

    private static async Task DescribeAsync(VirtualDirectory directory, StringBuilder text)
    {
        await foreach (var entry in directory.EnumerateAsync(default))
        {
            var node = (await directory.LookupAsync(entry.Name, default)).Value!;
            var attributes = (await node.GetAttributesAsync(default)).Value with { Accessed = 0 };
            text.AppendLine(CultureInfo.InvariantCulture, $"{entry.Name} {attributes}");
            if (node is VirtualDirectory below) await DescribeAsync(below, text);
            if (node is VirtualFile file)
            {
                var handle = (await file.OpenAsync(new FileOpenOptions(FileAccess.Read), default)).Value!;
                var content = new byte[SecretBytes + 1];
                var count = (await handle.ReadAsync(content, 0, default)).Value;
                text.AppendLine(Encoding.UTF8.GetString(content, 0, count) == Secret ? "same" : "changed");
                await handle.CloseAsync(CloseReason.Closed, default);
            }

            node.Release();
        }

        directory.Release();
    }

    private async Task FillOutsideAsync()
    {
        var root = await AttachAsync(_outside);
        await CreateAsync(root, "secret", Secret);
        await root.CreateDirectoryAsync(Marker + "-directory", default);
        await root.CreateSymlinkAsync("link", Marker + "-directory", default);
        root.Release();
    }
}
