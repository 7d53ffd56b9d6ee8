using System.Text;
using Postern.Fuzz;
using Postern.Protocols.Smtp;
using Postern.Protocols.Smtp.Outbound;
using Xunit;

namespace Postern.Protocols.Tests.Outbound;

/// <summary>What a driver may rely on, and what it may not do.</summary>
public sealed class SessionContractTests
{
    private readonly byte[] _clientRoom = new byte[OutboundSession.ClientRoom];
    private readonly byte[] _hopRoom = new byte[OutboundSession.HopRoom];
    private readonly OutboundSession _session = new(new OutboundSettings(Target.HostName));

    [Fact]
    public void A_session_that_has_ended_is_not_told_anything()
    {
        Assert.Equal(OutboundAction.End, Hear("QUIT\r\n").Action);
        Assert.Throws<InvalidOperationException>(() => Hear("NOOP\r\n"));
        Assert.Throws<InvalidOperationException>(() => HopGone());
        Assert.Throws<InvalidOperationException>(() => _session.RouteFailed(new OutboundRefusal(451, "4.4.3", "x")));
    }

    [Fact]
    public void A_route_that_was_not_asked_for_is_not_taken()
    {
        Assert.Throws<InvalidOperationException>(() => _session.RouteFound(new NextHop("mx", SmtpExtensions.None)));
        Assert.Equal(OutboundAction.FindRoute, Hear("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b@C.example>\r\n").Action);
        Assert.Equal(new RouteRequest("c.example", false), _session.Route);
        _session.RouteFailed(new OutboundRefusal(451, "4.4.3", "x"));
        Assert.Null(_session.Route);
        Assert.Throws<InvalidOperationException>(() => _session.RouteFailed(new OutboundRefusal(451, "4.4.3", "x")));
    }

    [Fact]
    public void Without_room_nothing_is_consumed()
    {
        var small = new ByteWriter(_clientRoom.AsSpan(1));
        var toHop = new ByteWriter(_hopRoom);
        Assert.Equal(0, _session.FromClient("NOOP\r\n"u8, ref small, ref toHop).Consumed);
        Assert.Equal(0, small.Length);
        HopGone();
    }

    /// <summary>The longest reply that is read, of the shortest lines, each of which gets a code.</summary>
    [Fact]
    public void Any_reply_that_is_read_fits_into_the_room()
    {
        Refer();
        string reply = string.Concat(Enumerable.Repeat("250-\r\n", (SmtpReply.MaxReply / 6) - 1)) + "250\r\n";
        string answer = FromHop("250 ok\r\n" + reply);
        Assert.Equal(SmtpReply.MaxReply / 6, answer.Split("\r\n").Length - 1);
        Assert.EndsWith("\r\n250 2.0.0 \r\n", answer);
    }

    /// <summary>All that may be in flight is refused in one call, with the longest reason.</summary>
    [Fact]
    public void All_refusals_of_a_lost_hop_fit_into_the_room()
    {
        Refer();
        int before = 1;
        while (Hear("RCPT TO:<b@c.example>\r\n").Consumed > 0)
            before++;
        string answer = FromHop("421 4.3.2 " + new string('x', 2000) + "\r\n");
        Assert.Equal(before, answer.Split("\r\n").Length - 1);
        Assert.All(answer.Split("\r\n").SkipLast(1), line => Assert.InRange(line.Length, 450, 510));
    }

    /// <summary>A session of many messages to one domain makes nothing for the collector of the commands that it passes.</summary>
    [Fact]
    public void The_steady_state_allocates_nothing()
    {
        Refer();
        FromHop("250 ok\r\n250 ok\r\n");
        byte[] rcpt = Encoding.ASCII.GetBytes("RCPT TO:<b@c.example>\r\n");
        byte[] data = Encoding.ASCII.GetBytes("DATA\r\n");
        byte[] message = Encoding.ASCII.GetBytes("Subject: x\r\n\r\n.. text\r\n.\r\n");
        byte[] mail = Encoding.ASCII.GetBytes("MAIL FROM:<>\r\n");
        byte[] yes = Encoding.ASCII.GetBytes("250 2.1.5 ok\r\n");
        byte[] both = [.. yes, .. yes];
        byte[] go = Encoding.ASCII.GetBytes("354 go\r\n");
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Exchange(data, go);
            Exchange(message, yes);
            Exchange(mail, []);
            Exchange(rcpt, both);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

            // The first round grows what is kept.
            Assert.True(round == 0 || allocated == 0, $"{allocated} bytes");
        }
    }

    private void Exchange(byte[] words, byte[] answer)
    {
        var toClient = new ByteWriter(_clientRoom);
        var toHop = new ByteWriter(_hopRoom);
        Assert.True(_session.FromClient(words, ref toClient, ref toHop).Consumed == words.Length);
        if (answer.Length > 0)
            Assert.True(_session.FromHop(answer, ref toClient).Consumed == answer.Length);
    }

    private void Refer()
    {
        Hear("EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<b@c.example>\r\n");
        _session.RouteFound(new NextHop("mx", SmtpExtensions.Pipelining));
        Assert.True(Hear("RCPT TO:<b@c.example>\r\n").Consumed > 0);
    }

    /// <summary>Hands over until nothing comes of it any more.</summary>
    private OutboundStep Hear(string words)
    {
        byte[] unread = Encoding.ASCII.GetBytes(words);
        int consumed = 0;
        while (true)
        {
            var toClient = new ByteWriter(_clientRoom);
            var toHop = new ByteWriter(_hopRoom);
            OutboundStep step = _session.FromClient(unread.AsSpan(consumed), ref toClient, ref toHop);
            consumed += step.Consumed;
            if (step.Consumed == 0 || step.Action != OutboundAction.None)
                return step with { Consumed = consumed };
        }
    }

    private string FromHop(string words)
    {
        var toClient = new ByteWriter(_clientRoom);
        OutboundStep step = _session.FromHop(Encoding.ASCII.GetBytes(words), ref toClient);
        Assert.Equal(words.Length, step.Consumed);
        Assert.False(toClient.Overflowed);
        return Encoding.ASCII.GetString(toClient.Written);
    }

    private void HopGone()
    {
        var toClient = new ByteWriter(_clientRoom);
        _session.HopGone(HopEnd.Closed, ref toClient);
    }
}
