using System.Diagnostics;
using FluentAssertions;

namespace WasiCloud.Embedding.Tests.Hosting.Modules;

/// <summary>A folder in which a module's file is replaced, in every way that there is. The module exits with the number of its version.</summary>
internal sealed class ModuleFolder : IDisposable
{
    /// <summary>The largest module that the tests' hosts take, in bytes.</summary>
    public const int MaxModuleBytes = 4096;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wasicloud-source-");

    public ModuleFolder() => Path = PathOf("guest.wasm");

    /// <summary>The module's file.</summary>
    public string Path { get; }

    /// <summary>A module that exits with a number.</summary>
    public static string Text(int version) => $$"""
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (call $exit (i32.const {{version}}))))
        """;

    /// <summary>The same as bytes.</summary>
    public static byte[] Module(int version) => TestHost.Assemble(Text(version));

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Puts a version in the place of what is there.</summary>
    public void Write(int version)
    {
        File.WriteAllBytes(Path + ".new", Module(version));
        File.Move(Path + ".new", Path, overwrite: true);
    }

    /// <summary>Puts version 1 there, for <see cref="Change"/>.</summary>
    /// <returns>By which path it is found.</returns>
    public string Prepare(string way)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Directory.CreateDirectory(PathOf("v1")).FullName, "guest.wasm"), Module(1));
        switch (way)
        {
            case "link":
                File.CreateSymbolicLink(Path, "v1/guest.wasm");
                return Path;

            // As Kubernetes mounts a ConfigMap: guest.wasm -> ..data/guest.wasm, and ..data -> a folder.
            case "folder of the link":
                Directory.CreateSymbolicLink(PathOf("..data"), "v1");
                File.CreateSymbolicLink(Path, "..data/guest.wasm");
                return Path;

            // The folder that is watched is another one then.
            case "link to the folder":
                Directory.CreateSymbolicLink(PathOf("current"), "v1");
                return System.IO.Path.Combine(PathOf("current"), "guest.wasm");
            default:
                Write(1);
                return Path;
        }
    }

    /// <summary>Puts version 2 there.</summary>
    public void Change(string way)
    {
        var target = System.IO.Path.Combine(Directory.CreateDirectory(PathOf("v2")).FullName, "guest.wasm");
        File.WriteAllBytes(target, Module(2));
        switch (way)
        {
            case "in place":
                File.WriteAllBytes(Path, Module(2));
                break;
            case "deleted and created":
                File.Delete(Path);
                File.WriteAllBytes(Path, Module(2));
                break;
            case "link":
                Relink(Path, link => File.CreateSymbolicLink(link, "v2/guest.wasm"));
                break;
            case "folder of the link":
                Relink(PathOf("..data"), link => Directory.CreateSymbolicLink(link, "v2"));
                break;
            case "link to the folder":
                Relink(PathOf("current"), link => Directory.CreateSymbolicLink(link, "v2"));
                break;
            case "same times":
                File.SetLastWriteTimeUtc(target, File.GetLastWriteTimeUtc(Path));
                File.Move(target, Path, overwrite: true);
                break;
            default:
                Write(2);
                break;
        }
    }

    /// <summary>Puts something there that is no module for this host.</summary>
    public void Spoil(string bad)
    {
        Clear();
        switch (bad)
        {
            case "text":
                File.WriteAllText(Path, "text");
                break;
            case "half":
                File.WriteAllBytes(Path, Module(2)[..40]);
                break;
            case "empty":
                File.WriteAllBytes(Path, []);
                break;
            case "large":
                File.WriteAllBytes(Path, new byte[MaxModuleBytes + 1]);
                break;
            case "unknown import":
                File.WriteAllBytes(
                    Path, TestHost.Assemble("""(module (import "env" "nowhere" (func)) (memory (export "memory") 1) (func (export "_start")))"""));
                break;
            case "reactor":
                File.WriteAllBytes(Path, TestHost.Assemble("""(module (func (export "add")))"""));
                break;
            case "directory":
                Directory.CreateDirectory(Path);
                break;
            case "FIFO":
                Run("mkfifo", Path);
                break;
            case "link to /dev/zero":
                File.CreateSymbolicLink(Path, "/dev/zero");
                break;
        }
    }

    /// <summary>Removes whatever is there.</summary>
    public void Clear()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path);
        else File.Delete(Path);
    }

    // File.Move takes no link to a folder.
    private static void Relink(string path, Action<string> create)
    {
        create(path + ".new");
        Run("mv", "-T", path + ".new", path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        process.ExitCode.Should().Be(0);
    }

    private string PathOf(string name) => System.IO.Path.Combine(_folder.FullName, name);
}
