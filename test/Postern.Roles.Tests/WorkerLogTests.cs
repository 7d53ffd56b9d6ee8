using System.Text;
using Postern.Configuration.Settings;
using Postern.Interop.LibC;
using Postern.Roles.Supervisor;
using Xunit;

namespace Postern.Roles.Tests;

public sealed class WorkerLogTests : IDisposable
{
    private readonly int _worker, _ours, _journal, _journald;
    private readonly LogSink _sink;
    private readonly WorkerLog _log;

    public WorkerLogTests()
    {
        _ = StreamSocket.Pair(messages: false, nonBlocking: true, out _ours, out _worker);
        _ = StreamSocket.Pair(messages: true, nonBlocking: false, out _journal, out _journald);
        _sink = new LogSink(LogTarget.Journal, _journal);
        _log = new WorkerLog(_ours, 4711, _sink);
    }

    [Fact]
    public void Entries_are_passed_on_whole_however_they_come()
    {
        Write("MESSAGE=one\n\nMESS");
        Write("AGE=two\n");
        Write("\nMESSAGE=three\n\n");
        Assert.Equal(["MESSAGE=one\n", "MESSAGE=two\n", "MESSAGE=three\n"], [Entry(), Entry(), Entry()]);
    }

    /// <summary>Taken out: the drop in <see cref="WorkerLog.Read"/>. The second write then has no room, and the third throws.</summary>
    [Fact]
    public void An_entry_without_an_end_is_dropped_and_said()
    {
        for (int i = 0; i < 3; i++)
            Write(new string('x', 64 * 1024));
        Write("\n\nMESSAGE=next\n\n");
        Assert.Contains("bytes of worker 4711's log were dropped", Entry(), StringComparison.Ordinal);
        string last = "";
        while (!last.Contains("next", StringComparison.Ordinal))
            last = Entry();
        Assert.Equal("MESSAGE=next\n", last);
    }

    /// <summary>Taken out: the thread of its own. The first entry that journald does not take then holds up the caller for ever.</summary>
    [Fact]
    public void A_reader_that_reads_nothing_holds_nobody_up_and_hears_what_it_missed()
    {
        string entry = "MESSAGE=" + new string('x', 1000) + "\n\n";
        var writer = new Thread(() =>
        {
            for (int i = 0; i < 10_000; i++)
                _ = _sink.WriteEntries(Encoding.ASCII.GetBytes(entry));
        }) { IsBackground = true };
        writer.Start();
        Assert.True(writer.Join(TimeSpan.FromSeconds(10)), "it waits for the reader");

        string last = "";
        while (!last.Contains("POSTERN_EVENT=problem", StringComparison.Ordinal))
            last = Entry();
        Assert.Contains("bytes of log were dropped: the log is not read fast enough", last, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        foreach (int fd in (int[])[_worker, _ours, _journal, _journald])
            Descriptor.Close(fd);
    }

    private void Write(string text)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        int sent = 0;
        while (sent < bytes.Length)
        {
            sent += Math.Max(0, StreamSocket.Send(_worker, bytes.AsSpan(sent)));
            while (_log.Read())
            {
            }
        }
    }

    private string Entry()
    {
        StreamSocket.ReceiveTimeout(_journald, 5_000);
        Span<byte> bytes = new byte[256 * 1024];
        int count = StreamSocket.Receive(_journald, bytes);
        Assert.True(count > 0, "no entry came");
        return Encoding.ASCII.GetString(bytes[..count]);
    }
}
