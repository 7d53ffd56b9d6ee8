using System.Text.Json;
using MailKit.Net.Imap;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>Reload without loss: IDLE survives it, a bad file changes nothing, a worker that dies is replaced.</summary>
[Collection(nameof(MailHost))]
public sealed class ReloadTests(MailHost host)
{
    [Fact]
    public void Idle_survives_a_reload()
    {
        using ImapClient idle = host.OpenImap("idle");
        using var done = new CancellationTokenSource();
        int announced = 0;
        idle.Inbox.CountChanged += (_, _) => Interlocked.Increment(ref announced);
        int before = Generation();
        var waiting = new Thread(() => idle.Idle(done.Token)) { IsBackground = true };
        waiting.Start();
        Thread.Sleep(300);

        host.Gates.Signal("HUP");
        Workplace.WaitFor(() => Generation() > before, () => "no new generation: " + host.Gates.Log);
        Assert.Contains("draining", host.Gates.Command("status").Output, StringComparison.Ordinal);

        host.Submit(MailHost.Message("idle", "news", "while idle"));
        Workplace.WaitFor(() => Volatile.Read(ref announced) > 0, () => "IDLE said nothing after the reload");
        done.Cancel();
        waiting.Join(10_000);
        Assert.Equal("news", idle.Inbox.GetMessage(0).Subject);
        idle.Disconnect(quit: true);
        Workplace.WaitFor(() => host.Gates.Status().GetProperty("generations").GetArrayLength() == 1, () => "the old generation did not end: " + host.Gates.Log);
    }

    [Fact]
    public void A_bad_file_changes_nothing_and_says_what_is_wrong()
    {
        int before = Generation();
        host.Gates.Configure("workers = 2\nworkerz = 3", host.Tables());
        ToolResult reload = Tool.Run(PosternRig.CommandLine, "reload", "--control", host.Gates.Control);
        Assert.Equal(1, reload.ExitCode);
        Assert.Contains("unknown key 'workerz'; did you mean 'workers'?", reload.Output, StringComparison.Ordinal);
        Assert.Equal(before, Generation(("--control", host.Gates.Control)));
        using (ImapClient imap = host.OpenImap("still"))
            imap.Disconnect(quit: true);

        host.Gates.Configure("workers = 2", host.Tables());
        Assert.Equal(0, host.Gates.Command("reload").ExitCode);
        Assert.Equal(before + 1, Generation());
    }

    [Fact]
    public void A_worker_that_is_killed_is_replaced_and_the_others_go_on()
    {
        // As many as it takes until both workers hold some.
        List<ImapClient> clients = [];
        Workplace.WaitFor(
            () =>
            {
                clients.Add(host.OpenImap($"kill{clients.Count}"));
                return clients.Count > 3 && Live().All(live => live > 0);
            },
            () => "one worker takes all connections: " + string.Join(' ', Live()));
        long[] held = Live();
        int[] pids = Pids();
        _ = Tool.Run("kill", "-KILL", $"{pids[0]}");
        Workplace.WaitFor(() => Pids() is { Length: 2 } now && !now.Contains(pids[0]) && now.Contains(pids[1]), () => "no new worker: " + host.Gates.Log);

        // What the dead worker held is lost, and nothing else.
        Assert.Equal(held[1], clients.Count(IsAlive));
        using (ImapClient fresh = host.OpenImap("fresh"))
            fresh.NoOp();
        foreach (ImapClient client in clients)
            client.Dispose();
    }

    private static bool IsAlive(ImapClient client)
    {
        try
        {
            client.NoOp();
            return true;
        }
        catch (Exception e) when (e is IOException or ImapProtocolException)
        {
            return false;
        }
    }

    private long[] Live() =>
        [.. Current(host.Gates.Status()).GetProperty("workers").EnumerateArray().Select(worker => worker.GetProperty("live").GetInt64())];

    private int[] Pids() =>
        [.. Current(host.Gates.Status()).GetProperty("workers").EnumerateArray().Select(worker => worker.GetProperty("pid").GetInt32())];

    private int Generation() => Current(host.Gates.Status()).GetProperty("number").GetInt32();

    private static JsonElement Current(JsonElement status) =>
        status.GetProperty("generations").EnumerateArray().Single(generation => generation.GetProperty("state").GetString() == "current");

    private static int Generation((string Option, string Path) control)
    {
        ToolResult status = Tool.Run(PosternRig.CommandLine, "status", control.Option, control.Path, "--json");
        return Current(JsonDocument.Parse(status.Output).RootElement.GetProperty("status")).GetProperty("number").GetInt32();
    }
}
