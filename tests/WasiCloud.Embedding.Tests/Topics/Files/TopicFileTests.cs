using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Options;
using WasiCloud.Embedding.Authority;
using WasiCloud.Embedding.Descriptors;
using WasiCloud.Embedding.FileSystem;
using WasiCloud.Embedding.Tests.Preview1;
using WasiCloud.Embedding.Topics;
using WasiCloud.Embedding.Topics.Files;
using Xunit;

namespace WasiCloud.Embedding.Tests.Topics.Files;

/// <summary>Guests that publish and receive by WASI calls: <c>news</c> loses what is not read, the publishers of <c>work</c> wait.</summary>
public sealed class TopicFileTests : IAsyncLifetime
{
    private const Rights Read = Rights.FdRead;
    private const Rights Write = Rights.FdWrite;
    private const DescriptorFlags NonBlocking = DescriptorFlags.NonBlocking;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<AbiGuest> _guests = [];
    private readonly TopicSet _topics = new(
        [
            new TopicRegistration("news", TopicAccess.Publish | TopicAccess.Subscribe, TopicOverflow.DropOldest),
            new TopicRegistration("work", TopicAccess.Publish | TopicAccess.Subscribe, TopicOverflow.BlockPublisher),
            new TopicRegistration("in", TopicAccess.Publish, TopicOverflow.DropOldest),
            new TopicRegistration("out", TopicAccess.Subscribe, TopicOverflow.DropOldest),
            new TopicRegistration("hidden", TopicAccess.None, TopicOverflow.DropOldest),
        ],
        Options.Create(new TopicOptions { MaxMessageBytes = 100, MaxQueuedMessages = 3, MaxQueuedBytes = 200, MaxSubscriptions = 6, MaxOpenTopics = 4 }),
        TimeProvider.System);

    private AbiGuest _reader = null!;
    private AbiGuest _writer = null!;

    public Task InitializeAsync()
    {
        (_reader, _writer) = (NewGuest(), NewGuest());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var guest in _guests) await guest.DisposeAsync();
        foreach (var topic in _topics.All) topic.SubscriberCount.Should().Be(0, "a guest that ends subscribes no more");
    }

    [Fact]
    public async Task Write_IsOneMessageForEachReader()
    {
        var other = NewGuest();
        var (file, otherFile) = (await OpenAsync(_reader, "news"), await OpenAsync(other, "news"));
        var writer = await OpenAsync(_writer, "news", Write);

        foreach (var text in new[] { "one", "two" }) (await _writer.WriteAsync(writer, text)).Should().Be((Errno.Success, 3u));

        foreach (var (guest, number) in new[] { (_reader, file), (other, otherFile) })
        {
            (await ReadAsync(guest, number)).Should().Be((Errno.Success, "one"));
            (await ReadAsync(guest, number)).Should().Be((Errno.Success, "two"));
        }
    }

    [Fact]
    public async Task Write_BeforeTheOpen_IsNotReceived()
    {
        await PublishAsync("news", "before");
        var file = await OpenAsync(_reader, "news", flags: NonBlocking);

        (await ReadAsync(_reader, file)).Error.Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Write_OfSeveralVectors_IsOneMessage()
    {
        var file = await OpenAsync(_reader, "news");
        var writer = await OpenAsync(_writer, "news", Write);
        _writer.Memory.Reuse();
        var vectors = _writer.PutVectors((_writer.Put("one "), 4), (0, 0), (_writer.Put("message"), 7));

        (await _writer.CallAsync("fd_write", writer, vectors, 3, _writer.Memory.Allocate(4))).Should().Be(Errno.Success);

        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "one message"));
    }

    [Fact]
    public async Task Write_OfNothing_IsNoMessage()
    {
        var file = await OpenAsync(_reader, "news", Read | Write, NonBlocking);

        (await _reader.WriteAsync(file, "")).Should().Be((Errno.Success, 0u));

        (await ReadAsync(_reader, file)).Error.Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Write_OfAMessageOverTheLimit_IsMsgSizeAndNothingIsPublished()
    {
        var file = await OpenAsync(_reader, "news", flags: NonBlocking);
        foreach (var flags in new[] { DescriptorFlags.None, NonBlocking, DescriptorFlags.Sync, DescriptorFlags.Sync | NonBlocking })
        {
            var writer = await OpenAsync(_writer, "news", Write, flags);
            (await _writer.WriteAsync(writer, new string('x', 101))).Error.Should().Be(Errno.MsgSize);
            (await ReadAsync(_reader, file)).Error.Should().Be(Errno.Again);
            (await _writer.WriteAsync(writer, new string('x', 100))).Error.Should().Be(Errno.Success);
            (await ReadAsync(_reader, file)).Text.Should().HaveLength(100);
            await _writer.CloseAsync(writer);
        }
    }

    [Theory]
    [InlineData((ushort)DescriptorFlags.Append)]
    [InlineData((ushort)DescriptorFlags.Sync)]
    [InlineData((ushort)(DescriptorFlags.DataSync | NonBlocking))]
    public async Task Write_WithAnyFlags_IsPublished(ushort flags)
    {
        var file = await OpenAsync(_reader, "news");
        var writer = await _writer.OpenAsync("extra/news", OpenFlags.Create | OpenFlags.Truncate, Write, (DescriptorFlags)flags);

        (await _writer.WriteAsync(writer, "x")).Should().Be((Errno.Success, 1u));

        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "x"));
    }

    [Fact]
    public async Task Read_WithoutAMessage_WaitsForOne()
    {
        var file = await OpenAsync(_reader, "news");
        var reading = ReadAsync(_reader, file);
        reading.IsCompleted.Should().BeFalse();

        await PublishAsync("news", "x");

        (await reading).Should().Be((Errno.Success, "x"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OfAMessageLongerThanTheBuffer_GoesOnWithTheNextRead(bool waits)
    {
        var file = await OpenAsync(_reader, "news");
        if (!waits) await PublishAsync("news", "12345");
        (await _reader.StatusAsync(file)).Size.Should().Be(0);

        var reading = ReadAsync(_reader, file, 3);
        if (waits) await PublishAsync("news", "12345");
        await PublishAsync("news", "next");

        (await reading).Should().Be((Errno.Success, "123"));
        (await _reader.StatusAsync(file)).Size.Should().Be(2, "so the guest knows that it has not read all");
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "45"), "a read never gives bytes of two messages");
        (await _reader.StatusAsync(file)).Size.Should().Be(0);
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "next"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Read_OfSeveralVectors_IsOneRead(bool waits)
    {
        var file = await OpenAsync(_reader, "news");
        if (!waits) await PublishAsync("news", "12345678");
        _reader.Memory.Reuse();
        var (left, right, result) = (_reader.Memory.Allocate(3), _reader.Memory.Allocate(9), _reader.Memory.Allocate(4));
        var vectors = _reader.PutVectors((0, 0), (left, 3), (right, 9));

        var reading = _reader.CallAsync("fd_read", file, vectors, 3, result);
        if (waits) await PublishAsync("news", "12345678");

        (await reading.WaitAsync(Patience)).Should().Be(Errno.Success);
        _reader.Memory.U32(result).Should().Be(8);
        (_reader.Memory.Text(left, 3), _reader.Memory.Text(right, 5)).Should().Be(("123", "45678"));
        _reader.ShouldHaveChangedOnly((left, 3), (right, 5), (result, 4));
    }

    [Fact]
    public async Task Read_AfterMessagesWereLost_IsNoBufsOnceAndLostTellsHowMany()
    {
        var file = await OpenAsync(_reader, "news");
        for (var index = 0; index < 5; index++) await PublishAsync("news", $"{index}");
        (await LostAsync(_reader, "news")).Should().Be("0");

        (await ReadAsync(_reader, file)).Error.Should().Be(Errno.NoBufs);

        (await LostAsync(_reader, "news")).Should().Be("2");
        for (var index = 2; index < 5; index++) (await ReadAsync(_reader, file)).Should().Be((Errno.Success, $"{index}"));
        for (var index = 5; index < 9; index++) await PublishAsync("news", $"{index}");
        (await ReadAsync(_reader, file)).Error.Should().Be(Errno.NoBufs);
        (await LostAsync(_reader, "news")).Should().Be("3");
        (await LostAsync(_writer, "news")).Should().Be("0", "it is about this guest");
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "6"));
    }

    [Fact]
    public async Task Loss_WhileAMessageIsReadInParts_IsToldAfterIt()
    {
        var file = await OpenAsync(_reader, "news");
        await PublishAsync("news", "first");
        (await ReadAsync(_reader, file, 1)).Should().Be((Errno.Success, "f"));
        for (var index = 0; index < 4; index++) await PublishAsync("news", $"{index}");

        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "irst"));
        (await ReadAsync(_reader, file)).Error.Should().Be(Errno.NoBufs);
        (await _reader.StatusAsync(file)).Size.Should().Be(0);
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "1"));
        (await LostAsync(_reader, "news")).Should().Be("1");
    }

    [Fact]
    public async Task Write_WithoutRoom_WaitsForTheSlowestReader()
    {
        var file = await OpenAsync(_reader, "work");
        var writer = await FillAsync("work");
        var writing = _writer.WriteAsync(writer, "last");
        writing.IsCompleted.Should().BeFalse();

        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "0"));

        (await writing.WaitAsync(Patience)).Should().Be((Errno.Success, 4u));
        foreach (var text in new[] { "1", "2", "last" }) (await ReadAsync(_reader, file)).Should().Be((Errno.Success, text));
    }

    [Fact]
    public async Task Write_WithoutRoomWhenTheReaderEnds_GoesOn()
    {
        await OpenAsync(_reader, "work");
        var writing = _writer.WriteAsync(await FillAsync("work"), "last");

        await _reader.Descriptors.CloseAllAsync(CloseReason.Abandoned, default);

        (await writing.WaitAsync(Patience)).Should().Be((Errno.Success, 4u));
    }

    [Theory]
    [InlineData((ushort)NonBlocking)]
    [InlineData((ushort)(NonBlocking | DescriptorFlags.Sync))]
    public async Task NonBlockingWrite_WithoutRoom_IsAgainAndPublishesNothing(ushort flags)
    {
        var file = await OpenAsync(_reader, "work");
        var writer = await FillAsync("work", (DescriptorFlags)flags);

        (await _writer.WriteAsync(writer, "x")).Error.Should().Be(Errno.Again);

        for (var index = 0; index < 3; index++) (await ReadAsync(_reader, file)).Should().Be((Errno.Success, $"{index}"));
        (await _writer.WriteAsync(writer, "y")).Error.Should().Be(Errno.Success);
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "y"));
    }

    [Fact]
    public async Task Write_ThatIsKilledWhileItWaits_PublishesNothing()
    {
        var file = await OpenAsync(_reader, "work");
        using var kill = new CancellationTokenSource();
        var writer = await FillAsync("work");
        _writer.CancellationToken = kill.Token;
        var writing = _writer.WriteAsync(writer, "killed");

        await kill.CancelAsync();

        await FluentActions.Awaiting(() => writing).Should().ThrowAsync<OperationCanceledException>();
        for (var index = 0; index < 3; index++) (await ReadAsync(_reader, file)).Should().Be((Errno.Success, $"{index}"));
        await PublishAsync("work", "next");
        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "next"));
    }

    [Fact]
    public async Task Write_ThatWouldWaitForItsOwnGuest_IsDeadLk()
    {
        await OpenAsync(_writer, "work");
        var writer = await FillAsync("work");

        (await _writer.WriteAsync(writer, "x")).Error.Should().Be(Errno.DeadLk);

        await _writer.CallAsync("fd_fdstat_set_flags", writer, (ulong)NonBlocking);
        (await _writer.WriteAsync(writer, "x")).Error.Should().Be(Errno.Again);
    }

    [Fact]
    public async Task Poll_ForReading_WaitsForAMessage()
    {
        var file = await OpenAsync(_reader, "news", Read | Write);
        var handle = HandleOf(_reader, file);
        TryPoll(handle, FileReadiness.Read).Should().Be(FileReadiness.None);
        TryPoll(handle, FileReadiness.Read | FileReadiness.Write).Should().Be(FileReadiness.Write);
        var poll = handle.PollAsync(FileReadiness.Read, default).AsTask();
        poll.IsCompleted.Should().BeFalse();

        await PublishAsync("news", "12345");

        (await poll.WaitAsync(Patience)).Value.Should().Be(FileReadiness.Read);
        (await ReadAsync(_reader, file, 1)).Text.Should().Be("1");
        TryPoll(handle, FileReadiness.Read).Should().Be(FileReadiness.Read, "there is more of the message");
        (await ReadAsync(_reader, file)).Text.Should().Be("2345");
        TryPoll(handle, FileReadiness.Read).Should().Be(FileReadiness.None);
    }

    [Fact]
    public async Task Poll_ForWriting_WaitsForRoom()
    {
        var file = await OpenAsync(_reader, "work");
        var handle = HandleOf(_writer, await FillAsync("work"));
        TryPoll(handle, FileReadiness.Write).Should().Be(FileReadiness.None);
        var poll = handle.PollAsync(FileReadiness.Write, default).AsTask();
        poll.IsCompleted.Should().BeFalse();

        await ReadAsync(_reader, file);

        (await poll.WaitAsync(Patience)).Value.Should().Be(FileReadiness.Write);
    }

    [Fact]
    public async Task Poll_ThatIsCancelled_LosesNothing()
    {
        var file = await OpenAsync(_reader, "news");
        using var cancellation = new CancellationTokenSource();
        var poll = HandleOf(_reader, file).PollAsync(FileReadiness.Read, cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await FluentActions.Awaiting(() => poll).Should().ThrowAsync<OperationCanceledException>();

        await PublishAsync("news", "x");

        (await ReadAsync(_reader, file)).Should().Be((Errno.Success, "x"));
    }

    [Theory]
    [InlineData("in", (ulong)Read, Errno.Access)]
    [InlineData("in", (ulong)(Read | Write), Errno.Access)]
    [InlineData("in", (ulong)Write, Errno.Success)]
    [InlineData("out", (ulong)Write, Errno.Access)]
    [InlineData("out", (ulong)(Read | Write), Errno.Access)]
    [InlineData("out", (ulong)Read, Errno.Success)]
    [InlineData("hidden", (ulong)Read, Errno.NoEnt)]
    [InlineData("unknown", (ulong)Read, Errno.NoEnt)]
    [InlineData(".lost/in", (ulong)Read, Errno.Success)]
    [InlineData(".lost/in", (ulong)Write, Errno.RoFs)]
    [InlineData(".lost/hidden", (ulong)Read, Errno.NoEnt)]
    public async Task Open_SaysWhatIsGranted(string path, ulong rights, Errno expected) =>
        (await TryOpenAsync(_reader, path, (Rights)rights)).Should().Be(expected);

    [Fact]
    public async Task Tree_CannotBeChanged()
    {
        (await _reader.TryOpenAsync("extra/new", OpenFlags.Create, Write)).Error.Should().Be(Errno.RoFs);
        (await _reader.TryOpenAsync("extra/news", OpenFlags.Create | OpenFlags.Exclusive, Write)).Error.Should().Be(Errno.Exist);
        (await _reader.MakeDirectoryAsync("extra/new")).Should().Be(Errno.RoFs);
        (await _reader.UnlinkAsync("extra/news")).Should().Be(Errno.RoFs);
        (await _reader.RenameAsync("extra/news", "extra/new")).Should().Be(Errno.RoFs);
    }

    [Fact]
    public async Task Stat_IsAStreamOfUnknownSize()
    {
        await PublishAsync("news", "x");
        (await _reader.StatusAsync("extra/news")).Status.Should().Match<GuestStatus>(status => status.Size == 0 && status.Type == FileType.RegularFile);
        var file = await OpenAsync(_reader, "news");

        (await _reader.StatusAsync(file)).Size.Should().Be(0);
        (await _reader.SeekAsync(file, 0, 0)).Error.Should().Be(Errno.SPipe);
        _topics.Find("news")!.SubscriberCount.Should().Be(1, "stat subscribes to nothing");
    }

    [Fact]
    public async Task Open_OfTooManyFiles_IsMFileUntilOneIsClosed()
    {
        var files = new List<uint>();
        for (var index = 0; index < 4; index++) files.Add(await OpenAsync(_reader, index % 2 == 0 ? "news" : "work"));

        (await TryOpenAsync(_reader, "in", Write)).Should().Be(Errno.MFile);

        await _reader.CloseAsync(files[0]);
        (await TryOpenAsync(_reader, "in", Write)).Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Open_OfTooManySubscriptions_IsNFileAndCountsNothing()
    {
        for (var index = 0; index < 6; index++) await OpenAsync(index % 2 == 0 ? _reader : _writer, "news");
        var other = NewGuest();
        for (var index = 0; index < 10; index++) (await TryOpenAsync(other, "news", Read)).Should().Be(Errno.NFile);

        (await TryOpenAsync(other, "news", Write)).Should().Be(Errno.Success);
        using var subscription = _topics.Subscribe("news");
        for (var index = 0; index < 3; index++) (await TryOpenAsync(other, "work", Read)).Should().Be(Errno.Success, "what was refused is not open");
    }

    [Fact]
    public async Task Listing_ShowsWhatIsGranted()
    {
        var root = await new TopicMount(_topics).AttachAsync(new InvocationContext { Id = "list" }, default);
        var names = new List<string>();
        await foreach (var entry in root.EnumerateAsync(default)) names.Add(entry.Name);

        names.Should().BeEquivalentTo("news", "work", "in", "out");
    }

    [Fact]
    public async Task Attach_UnderAPolicy_LeavesItToThePolicyWhatTheGuestMayDo()
    {
        var context = new InvocationContext { Id = "granted", PolicyLimits = new GuestLimits() };
        var root = await new TopicMount(_topics).AttachAsync(context, default);

        var file = (VirtualFile)(await root.LookupAsync("hidden", default)).Value!;
        (await file.OpenAsync(new FileOpenOptions(FileAccess.Write, false, false, false), default)).Error.Should().Be(Errno.Success);
    }

    [Fact]
    public async Task Read_OfAGuestThatIsToEnd_GivesWhatWaitsAndThenTheEnd()
    {
        using var stopping = new CancellationTokenSource();
        var root = await new TopicMount(_topics).AttachAsync(new InvocationContext { Id = "stopping", Stopping = stopping.Token }, default);
        var file = (VirtualFile)(await root.LookupAsync("news", default)).Value!;
        var handle = (await file.OpenAsync(new FileOpenOptions(FileAccess.Read, false, false, false), default)).Value!;
        var (buffer, late) = (new byte[10], new byte[10]);
        await PublishAsync("news", "x");
        (await handle.ReadAsync(buffer, 0, default)).Value.Should().Be(1);
        var reading = handle.ReadAsync(late, 0, default).AsTask();
        var polling = TryPoll(handle, FileReadiness.Read);

        await stopping.CancelAsync();

        polling.Should().Be(FileReadiness.None);
        (await reading.WaitAsync(Patience)).Should().Be((FsResult<int>)0);
        await PublishAsync("news", "y");
        (await handle.ReadAsync(buffer, 0, default)).Value.Should().Be(1);
        (await handle.ReadAsync(buffer, 0, default)).Should().Be((FsResult<int>)0);
        TryPoll(handle, FileReadiness.Read).Should().Be(FileReadiness.Read);
        (handle.AvailableBytes, handle.HangsUpAtEnd).Should().Be((0, true));
        await handle.CloseAsync(CloseReason.Closed, default);
    }

    // udp(7), FIONREAD: "the size of the next pending datagram".
    [Fact]
    public async Task Poll_TellsWhatIsLeftOfTheNextMessage()
    {
        var (file, writer) = (await OpenAsync(_reader, "news"), await OpenAsync(_writer, "news", Write));
        (await _reader.AvailableAsync(file)).Should().BeNull();
        foreach (var text in new[] { "hello", "you" }) await _writer.WriteAsync(writer, text);

        (await _reader.AvailableAsync(file)).Should().Be((5UL, false));
        await ReadAsync(_reader, file, 2);
        (await _reader.AvailableAsync(file)).Should().Be((3UL, false));
        await ReadAsync(_reader, file);
        (await _reader.AvailableAsync(file)).Should().Be((3UL, false));
        await ReadAsync(_reader, file);
        (await _reader.AvailableAsync(file)).Should().BeNull();
    }

    private static Task<uint> OpenAsync(AbiGuest guest, string topic, Rights rights = Read, DescriptorFlags flags = 0) =>
        guest.OpenAsync("extra/" + topic, 0, rights, flags).WaitAsync(Patience);

    private static async Task<Errno> TryOpenAsync(AbiGuest guest, string path, Rights rights) =>
        (await guest.TryOpenAsync("extra/" + path, 0, rights).WaitAsync(Patience)).Error;

    private static Task<(Errno Error, string Text)> ReadAsync(AbiGuest guest, uint file, uint length = 100) =>
        guest.ReadAsync(file, length).WaitAsync(Patience);

    private static async Task<string> LostAsync(AbiGuest guest, string topic)
    {
        var file = await OpenAsync(guest, ".lost/" + topic);
        var text = (await ReadAsync(guest, file)).Text;
        await guest.CloseAsync(file);
        return text;
    }

    private static FileHandle HandleOf(AbiGuest guest, uint file)
    {
        guest.Descriptors.TryGet(file, out var descriptor).Should().BeTrue();
        return descriptor!.Handle!;
    }

    private static FileReadiness TryPoll(FileHandle handle, FileReadiness interest)
    {
        handle.TryPoll(interest, out var readiness).Should().BeTrue();
        return readiness.Value;
    }

    private ValueTask PublishAsync(string topic, string text) => _topics.PublishAsync(topic, Encoding.UTF8.GetBytes(text));

    // As many messages as wait for one subscriber.
    private async Task<uint> FillAsync(string topic, DescriptorFlags flags = 0)
    {
        var writer = await OpenAsync(_writer, topic, Write, flags);
        for (var index = 0; index < 3; index++) (await _writer.WriteAsync(writer, $"{index}")).Error.Should().Be(Errno.Success);
        return writer;
    }

    private AbiGuest NewGuest()
    {
        var guest = new AbiGuest(HalfMode.Synchronous, extra: new TopicMount(_topics));
        _guests.Add(guest);
        return guest;
    }
}
