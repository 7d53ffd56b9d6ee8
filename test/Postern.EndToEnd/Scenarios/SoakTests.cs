using System.Diagnostics;
using System.Globalization;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>
/// Some minutes of churn with reloads and kills, for both kinds of isolation at once; afterwards there is no descriptor, no
/// process and no memory more than before. POSTERN_SOAK_SECONDS says how long, for an hour of it by hand.
/// </summary>
[Collection(nameof(Alone))]
public sealed class SoakTests(EchoGates gates)
{
    private const int DefaultSeconds = 180;
    private const double ProgressSeconds = 30;
    private const double ReloadSeconds = 10;
    private const double KillSeconds = 7;

    /// <summary>
    /// As much for each connection is a leak. (A BIO with its lock, 208 bytes, that outlived its TLS connection was found
    /// by this.)
    /// </summary>
    private const long LeakedBytes = 128;

    /// <summary>By so much memory goes up and down of itself.</summary>
    private const long NoiseBytes = 512 * 1024;

    /// <summary>A leak of fewer connections would not stand out.</summary>
    private const long MinServed = 3_000;

    /// <summary>A slow machine gets this much longer to serve them.</summary>
    private const double MaxFactor = 3;

    /// <summary>One for each reload, kill or connection would be more.</summary>
    private const int SpareDescriptors = 2;

    private static readonly string[] s_services = ["worker", "porter", "keyAgent", "dialer", "nursery"];

    private long _progressAt = Stopwatch.GetTimestamp();

    /// <summary>
    /// The supervisor lives through all of it. Its roles live as long as their generation: so the last one, after each of
    /// its processes was killed and replaced, is left alone with its clients for a third of the time.
    /// </summary>
    [Fact]
    public void Reloads_kills_and_churn_leave_nothing_behind()
    {
        string given = Environment.GetEnvironmentVariable("POSTERN_SOAK_SECONDS") ?? "";
        double seconds = given.Length > 0 ? double.Parse(given, CultureInfo.InvariantCulture) : DefaultSeconds;
        using SoakedGates workers = new(gates, rooms: false), rooms = new(gates, rooms: true);
        SoakedGates[] all = [workers, rooms];

        Storm(all, seconds / 6);
        State[] warm = Rest(all, "warm");
        Storm(all, seconds / 2);
        State[] after = Rest(all, "after the storm");
        foreach (SoakedGates soaked in all)
        {
            soaked.Reload();
            foreach (string role in s_services.Concat(s_services).Concat(s_services))
                soaked.Kill(role);
        }

        Calm(all, seconds / 9, 0);
        State[] last = Rest(all, "the last generation");
        Calm(all, seconds * 2 / 9, MinServed);
        State[] end = Rest(all, "end");

        for (int i = 0; i < all.Length; i++)
        {
            Assert.True(all[i].Unexcused.Count == 0, all[i].Explain());
            Assert.True(all[i].Reloads >= seconds / 6 / ReloadSeconds, "hardly a reload took effect: " + all[i].Progress());
            Compare(all[i].Name, warm[i], after[i], ["supervisor"]);
            Compare(all[i].Name, warm[i], end[i], ["supervisor"]);
            Compare(all[i].Name, last[i], end[i], end[i].Memory.Keys);

            // A role of the last generation has what one of the first had: nothing of what lay between was handed on.
            foreach ((string role, int count) in last[i].Descriptors)
                Assert.True(count <= warm[i].Descriptors[role] + SpareDescriptors, $"{all[i].Name}: the {role} has {count} descriptors, one before had {warm[i].Descriptors[role]}");
        }
    }

    /// <summary>Churn, reloads and kills.</summary>
    private void Storm(SoakedGates[] all, double seconds)
    {
        foreach (SoakedGates soaked in all)
            soaked.Begin();
        Parallel.ForEach(all, soaked => Every(ReloadSeconds, seconds, soaked.Reload, KillSeconds, () => soaked.Kill(), () => Progress(all)));
    }

    /// <summary>Churn alone, of at least so many connections.</summary>
    private void Calm(SoakedGates[] all, double seconds, long served)
    {
        long start = Stopwatch.GetTimestamp();
        long[] before = [.. all.Select(soaked => soaked.Served)];
        foreach (SoakedGates soaked in all)
            soaked.Begin();
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds
            || (all.Zip(before).Any(pair => pair.First.Served - pair.Second < served) && Stopwatch.GetElapsedTime(start).TotalSeconds < MaxFactor * seconds))
        {
            Thread.Sleep(100);
            Progress(all);
        }

        Assert.All(all.Zip(before), pair => Assert.True(pair.First.Served - pair.Second >= served, "too few connections to tell a leak from noise: " + pair.First.Progress()));
    }

    private static void Every(double reloadSeconds, double seconds, Action reload, double killSeconds, Action kill, Action progress)
    {
        long start = Stopwatch.GetTimestamp();
        double reloadAt = reloadSeconds / 2, killAt = killSeconds / 2, now;
        while ((now = Stopwatch.GetElapsedTime(start).TotalSeconds) < seconds)
        {
            if (now >= reloadAt)
            {
                reload();
                reloadAt += reloadSeconds;
            }

            if (now >= killAt)
            {
                kill();
                killAt += killSeconds;
            }

            Thread.Sleep(50);
            progress();
        }
    }

    private static State[] Rest(SoakedGates[] all, string when) =>
        [.. all.Select(soaked =>
        {
            soaked.Rest();
            var state = new State(soaked.Served, soaked.Descriptors(), soaked.Memory());
            Say($"{soaked.Name}, {when}: {soaked.Progress()}; {state}");
            return state;
        })];

    private static void Compare(string name, State before, State after, IEnumerable<string> roles)
    {
        foreach (string role in roles)
        {
            Assert.True(after.Descriptors[role] <= before.Descriptors[role] + SpareDescriptors, $"{name}: the {role} had {before.Descriptors[role]} descriptors and has {after.Descriptors[role]}");
            long grown = after.Memory[role] - before.Memory[role], served = after.Served - before.Served;
            Assert.True(grown < Math.Max(NoiseBytes, served * LeakedBytes), $"{name}: the {role} has grown by {grown} bytes over {served} connections");
        }
    }

    private void Progress(SoakedGates[] all)
    {
        long at = Interlocked.Read(ref _progressAt);
        if (Stopwatch.GetElapsedTime(at).TotalSeconds < ProgressSeconds || Interlocked.CompareExchange(ref _progressAt, Stopwatch.GetTimestamp(), at) != at)
            return;

        foreach (SoakedGates soaked in all)
            Say(soaked.Progress());
    }

    private static void Say(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);

    /// <summary>What there is when nobody is connected.</summary>
    private sealed record State(long Served, Dictionary<string, int> Descriptors, Dictionary<string, long> Memory)
    {
        public override string ToString() => string.Join(", ", Memory.Keys.Select(role => $"{role} {Descriptors[role]} descriptors {Memory[role] / 1024} KiB"));
    }
}
