namespace WasiCloud.Embedding.AspNetCore.Tests.Infrastructure;

/// <summary>Temporary folders, deleted when the tests have run.</summary>
internal static class TestFolders
{
    private static readonly DirectoryInfo Root = Directory.CreateTempSubdirectory("wasicloud-aspnetcore-");

    static TestFolders() => AppDomain.CurrentDomain.ProcessExit += (_, _) => Root.Delete(recursive: true);

    /// <summary>Where the compiled modules of all tests are, so that each is compiled once.</summary>
    public static string ModuleCache { get; } = Path.Combine(Root.FullName, "modules");

    /// <summary>Makes a folder for one test.</summary>
    public static string Create() => Root.CreateSubdirectory(Path.GetRandomFileName()).FullName;
}
