using WasiCloud.Embedding.FileSystem;

namespace WasiCloud.Embedding.Tests.Hosting.Policies;

/// <summary>A guest that opens one file, and exits with what came of it.</summary>
internal static class OpenGuest
{
    private const int Create = 1;

    public static string Text(string path, bool reads = true, bool writes = false, bool creates = false)
    {
        var rights = (reads ? 2 : 0) | (writes ? 64 : 0);
        var flags = creates ? Create : 0;
        return $$"""
            (module
              (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
              (memory (export "memory") 1)
              (data (i32.const 100) "{{path.TrimStart('/')}}")
              (func (export "_start")
                (call $exit (call $open (i32.const 3) (i32.const 1) (i32.const 100) (i32.const {{path.TrimStart('/').Length}})
                  (i32.const {{flags}}) (i64.const {{rights}}) (i64.const 0) (i32.const 0) (i32.const 200)))))
            """;
    }

    /// <summary>What the guest got.</summary>
    public static async Task<Errno> ErrnoAsync(TestHost host, GuestModule module, InvocationRequest? request = null)
    {
        try
        {
            await host.RunAsync(module, request);
            return Errno.Success;
        }
        catch (GuestExitException exception)
        {
            return (Errno)exception.ExitCode;
        }
        catch (GuestLimitException exception) when (exception.InnerException is GuestExitException inner)
        {
            // It met a limit, and ended itself.
            return (Errno)inner.ExitCode;
        }
    }
}
