using Postern.Engine.Tests.Rig;
using Postern.Policy.Decision;
using Postern.Protocols;
using Xunit;

namespace Postern.Engine.Tests.Outbound;

/// <summary>Policies by socketmap and tcp_table, from the same router as the mail.</summary>
public sealed class LookupTests
{
    private static GateRig Rig(string protocol) => new(new GateOptions { Protocol = protocol, Tls = TlsMode.Plain, OutboundPort = 25 });

    [Fact]
    public void Socketmap_answers_one_after_the_other()
    {
        using GateRig rig = Rig("socketmap");
        rig.Router.Answer("example.test", RigRouter.Host("example.test", OutboundRig.WebPki));
        rig.Router.Refuse("away.test", new SmtpRefusal(451, "4.4.3", "no answer"));
        using WireClient client = rig.Connect();
        client.Say("19:policy example.test,22:policy example.test:25,16:policy away.test,12:policy [1::],15:other away.test,");
        string found = $"OK secure match={ServerCertificates.Name} servername=hostname";
        string entry = $"{found.Length}:{found},";
        Assert.Equal(entry + entry + "24:TEMP 451 4.4.3 no answer,9:NOTFOUND ,", client.ReadUntil("NOTFOUND ,"));
        Assert.Contains("TEMP there are two maps", client.ReadUntil("tlsrpt,"), StringComparison.Ordinal);
        Assert.Equal(3, rig.Router.Asked.Count);
    }

    [Fact]
    public void Tcp_table_too()
    {
        using GateRig rig = Rig("tcp-table");
        rig.Router.Answer("example.test", RigRouter.Host("example.test", OutboundRig.Encrypted));
        rig.Router.Answer("open.test", RigRouter.Host("open.test", OutboundRig.IfOffered));
        using WireClient client = rig.Connect();
        client.Say("get example.test\nget open.test\n");
        Assert.Equal("200 encrypt\n", client.ReadUntil("\n"));
        Assert.Equal("500 no%20policy\n", client.ReadUntil("\n"));
    }

    [Fact]
    public void What_is_no_request_ends_the_connection()
    {
        using GateRig rig = Rig("socketmap");
        using WireClient client = rig.Connect();
        client.Say("GET / HTTP/1.1\r\n\r\n");
        Assert.Equal("", client.ReadToAnyEnd());
        Assert.Equal("refused:client-garbage", rig.NextOutcome());
    }

    [Fact]
    public void A_client_that_goes_takes_its_question_with_it()
    {
        using GateRig rig = Rig("socketmap");
        rig.Router.Silent = true;
        using (WireClient client = rig.Connect())
        {
            client.Say("19:policy example.test,");
            Assert.True(SpinWait.SpinUntil(() => !rig.Router.Asked.IsEmpty, TimeSpan.FromSeconds(10)));
        }

        Assert.Equal("closed", rig.NextOutcome());
        Assert.Equal(1, rig.Router.GivenUp);
    }
}
