using WasiCloud.Embedding.Text;

namespace WasiCloud.Tool.Inspection;

/// <summary>Guesses what a module needs from what it imports.</summary>
internal static class ModuleNeeds
{
    /// <summary>The WASI functions it uses, in groups: the group's name, and the functions.</summary>
    public static IEnumerable<(string Need, string Functions)> Of(ModuleOutline outline) => outline.Imports
        .Where(import => import.Module is "wasi_snapshot_preview1" or "wasi_unstable")
        .GroupBy(import => NeedOf(import.Name), import => import.Name, StringComparer.Ordinal)
        .OrderBy(group => group.Key, StringComparer.Ordinal)
        .Select(group => (group.Key, string.Join(' ', group.Order(StringComparer.Ordinal).Select(static name => SafeText.Of(name)))));

    /// <summary>The language or toolchain, if something tells.</summary>
    public static string? LanguageOf(ModuleOutline outline)
    {
        var languages = outline.Producers.Where(producer => producer.Field == "language").Select(producer => Versioned(producer.Name, producer.Version))
            .ToArray();
        if (languages.Length > 0) return string.Join(", ", languages);
        if (outline.Imports.Any(import => import.Module is "gojs" or "go")) return "Go for JavaScript hosts (GOOS=js)";
        if (outline.Imports.Any(import => import.Name.StartsWith("__wbindgen", StringComparison.Ordinal) || import.Module == "wbg"))
            return "Rust for JavaScript hosts (wasm-bindgen)";
        if (outline.Imports.Any(import => import.Name.StartsWith("emscripten_", StringComparison.Ordinal))) return "C or C++ (Emscripten)";
        if (outline.Imports.Any(import => import is { Module: "env", Name: "abort" })) return "AssemblyScript";
        if (outline.CustomSections.Any(section => section.Name is "go:buildid" or "go.buildid")) return "Go";
        return outline.Producers.Any(producer => producer.Name.Contains("clang", StringComparison.Ordinal)) ? "C, C++ or another of clang's" : null;
    }

    public static string Versioned(string name, string version) => version.Length == 0 ? name : $"{name} {version}";

    private static string NeedOf(string function) => function switch
    {
        "args_get" or "args_sizes_get" => "arguments",
        "environ_get" or "environ_sizes_get" => "environment",
        "clock_time_get" or "clock_res_get" => "clock",
        "random_get" => "random",
        "poll_oneoff" => "timers or waiting",
        "proc_exit" or "proc_raise" or "sched_yield" => "process",
        "fd_read" or "fd_write" or "fd_close" or "fd_seek" or "fd_fdstat_get" or "fd_fdstat_set_flags" => "standard streams or files",
        _ when function.StartsWith("sock_", StringComparison.Ordinal) => "sockets (there are none here: ENOTSOCK)",
        _ => "files",
    };
}
