using FluentAssertions;
using WasiCloud.Embedding.KeyValue;
using Xunit;

namespace WasiCloud.Embedding.Sqlite.Tests;

public sealed class SqliteFailureTests : IDisposable
{
    private const int SqliteFull = 13;
    private const int SqliteReadOnly = 8;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Delete();

    [Fact]
    public async Task Open_NewerSchema_SaysSo()
    {
        await new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath }).DisposeAsync();
        Execute("PRAGMA user_version=3");

        var open = () => new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });

        open.Should().Throw<SqliteKeyValueException>().WithMessage($"*{_folder.DatabasePath}*schema version 3*update*");
    }

    [Fact]
    public void Open_OtherApplicationsFile_RefusesAndLeavesItAlone()
    {
        Execute("CREATE TABLE theirs(x)");

        var open = () => new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });

        open.Should().Throw<SqliteKeyValueException>().WithMessage("*another application*");
        using var connection = Connect();
        connection.QueryNumber("SELECT count(*) FROM sqlite_schema").Should().Be(1);
    }

    [Fact]
    public void Open_NotADatabase_NamesTheFile()
    {
        File.WriteAllText(_folder.DatabasePath, new string('x', 5000));

        var open = () => new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });

        open.Should().Throw<SqliteKeyValueException>().WithMessage($"*{_folder.DatabasePath}*not a database*");
    }

    [Fact]
    public void Open_NoSuchDirectory_NamesTheFile()
    {
        var path = Path.Combine(_folder.FullName, "missing", "test.db");

        var open = () => new SqliteKeyValueBackend(new() { Path = path });

        open.Should().Throw<SqliteKeyValueException>().WithMessage($"*{path}*unable to open*").Which.Path.Should().Be(path);
    }

    [Fact]
    public async Task Commit_DiskFull_ThrowsAndChangesNothingAndLaterWorks()
    {
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });
        await PutAsync(backend, "key", 10);
        await backend.ExecuteAsync("PRAGMA max_page_count=40");

        var tooMuch = async () => await PutAsync(backend, "key", 1_000_000);

        (await tooMuch.Should().ThrowAsync<SqliteKeyValueException>().WithMessage($"*{_folder.DatabasePath}*full*")).Which.ErrorCode.Should().Be(SqliteFull);
        (await backend.GetAsync("key", 100, default))!.Size.Should().Be(10);
        await PutAsync(backend, "key", 20);
        (await backend.GetAsync("key", 100, default))!.Size.Should().Be(20);
    }

    [Fact]
    public async Task Commit_OneOfManyDoesNotFit_TheOthersAreCommitted()
    {
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });
        await backend.ExecuteAsync("PRAGMA max_page_count=60");

        var commits = Enumerable.Range(0, 40).Select(index => PutAsync(backend, $"key{index}", index == 20 ? 1_000_000 : 10)).ToList();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);

        commits.Where(commit => commit.IsFaulted).Should().ContainSingle().Which.Should().BeSameAs(commits[20]);
        for (var index = 0; index < 40; index++) ((await backend.GetAsync($"key{index}", 100, default)) is null).Should().Be(index == 20);
    }

    [Fact]
    public async Task Commit_ReadOnly_ThrowsAndChangesNothing()
    {
        await using var backend = new SqliteKeyValueBackend(new() { Path = _folder.DatabasePath });
        await PutAsync(backend, "key", 10);
        await backend.ExecuteAsync("PRAGMA query_only=1");

        var put = async () => await PutAsync(backend, "key", 20);

        (await put.Should().ThrowAsync<SqliteKeyValueException>().WithMessage("*readonly*")).Which.ErrorCode.Should().Be(SqliteReadOnly);
        (await backend.GetAsync("key", 100, default))!.Size.Should().Be(10);
    }

    [Theory]
    [InlineData("Path")]
    [InlineData("Scope")]
    [InlineData("Synchronous")]
    [InlineData("BusyTimeout")]
    [InlineData("MaxReaders")]
    [InlineData("HistoryLength")]
    [InlineData("PollInterval")]
    [InlineData("ReservedBytes")]
    public void Options_OutOfRange_AreNamed(string name)
    {
        var options = new SqliteKeyValueOptions { Path = _folder.DatabasePath };
        switch (name)
        {
            case nameof(options.Path): options.Path = ":memory:"; break;
            case nameof(options.Scope): options.Scope = string.Empty; break;
            case nameof(options.Synchronous): options.Synchronous = (SqliteSynchronous)9; break;
            case nameof(options.BusyTimeout): options.BusyTimeout = TimeSpan.FromSeconds(-1); break;
            case nameof(options.MaxReaders): options.MaxReaders = 0; break;
            case nameof(options.HistoryLength): options.HistoryLength = 0; break;
            case nameof(options.ReservedBytes): options.ReservedBytes = -1; break;
            case nameof(options.PollInterval): options.PollInterval = TimeSpan.Zero; break;
        }

        var open = () => new SqliteKeyValueBackend(options);

        open.Should().Throw<ArgumentException>().WithMessage($"*{nameof(SqliteKeyValueOptions)}.{name} is *");
        File.Exists(_folder.DatabasePath).Should().BeFalse();
    }

    private static async Task PutAsync(SqliteKeyValueBackend backend, string key, int size) =>
        await backend.CommitAsync(new(KeyValueOperation.Put(key, new byte[size])), default);

    private Connection Connect() => new(new() { Path = _folder.DatabasePath }, _folder.DatabasePath, isWriter: true);

    private void Execute(string sql)
    {
        using var connection = Connect();
        connection.Execute(sql);
    }
}
