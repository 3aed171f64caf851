namespace WasiCloud.Embedding.Sqlite.Tests;

/// <summary>A folder for one test, which deletes it in the end.</summary>
internal sealed class TemporaryFolder
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("wasicloud-sqlite-");

    public string DatabasePath => Path.Combine(_directory.FullName, "test.db");

    public string FullName => _directory.FullName;

    public void Delete() => _directory.Delete(recursive: true);
}
