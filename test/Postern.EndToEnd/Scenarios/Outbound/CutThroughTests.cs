using System.Diagnostics;
using System.Globalization;
using System.Net;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios.Outbound;

/// <summary>What the gate costs a message.</summary>
[Collection(nameof(MailInternet))]
public sealed class CutThroughTests(MailInternet internet)
{
    /// <summary>
    /// What the gate costs: whole sessions to the host itself, with STARTTLS, and through the gate, in turn; then transactions of
    /// sessions that stand. The figure is two milliseconds; what is held here is what a busy machine of tests can hold.
    /// </summary>
    [Fact]
    public void Cut_through_adds_little() => internet.Run(world =>
    {
        const int Rounds = 200;
        const double Bound = 50;
        const string Recipient = "user@requiretls.test";
        int port = Workplace.FreePort();
        using var host = new RequireTlsServer(new IPEndPoint(IPAddress.Parse(MailWorld.Strict), MailWorld.SmtpPort), Certificates.Load(internet.Place.At("strict.pem")));
        using PosternRig gate = world.Gate(port, name: "-figure");
        MailClient Direct() => new(MailWorld.SmtpPort, MailWorld.Strict, ClientTls.StartTls);
        MailClient Through() => new(port);
        void Transact(MailClient client)
        {
            client.Transact(Recipient);
            Assert.Equal("250 2.0.0 Ok: taken", client.Reply);
        }

        void Whole(Func<MailClient> open)
        {
            using MailClient client = open();
            Transact(client);
            client.Say("QUIT");
        }

        double sessions = Added(Rounds, () => Whole(Direct), () => Whole(Through));
        using MailClient direct = Direct();
        using MailClient through = Through();
        double transactions = Added(Rounds, () => Transact(direct), () => Transact(through));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"cut-through adds {sessions:0.00} ms to a session, {transactions:0.00} ms to a transaction (medians of {Rounds})"));
        Assert.InRange(sessions, -Bound, Bound);
        Assert.InRange(transactions, -Bound, Bound);
    });

    /// <summary>The difference of the medians, in milliseconds; the first rounds do not count.</summary>
    private static double Added(int rounds, Action without, Action with)
    {
        const int Warming = 20;
        List<double>[] took = [[], []];
        for (int i = 0; i < Warming + rounds; i++)
        {
            foreach ((int which, Action action) in ((Action[])[without, with]).Index())
            {
                long start = Stopwatch.GetTimestamp();
                action();
                if (i >= Warming)
                    took[which].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
        }

        double[] medians = [.. took.Select(times => times.Order().ElementAt(times.Count / 2))];
        return medians[1] - medians[0];
    }
}
