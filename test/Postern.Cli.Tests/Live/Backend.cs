using System.Collections.Immutable;
using Postern.Cli.Live;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Protocols;

namespace Postern.Cli.Tests.Live;

/// <summary>Backends as text: what one said, and the gate before it.</summary>
internal static class Backend
{
    public static GateSettings Gate(
        string protocol, TlsMode tls = TlsMode.Implicit, ProxyHeader proxy = ProxyHeader.None) => new()
    {
        Name = "one",
        Protocol = protocol,
        Listen = [],
        Tls = tls,
        Certificates = [],
        ProxyProtocol = proxy,
        AcceptProxyFrom = [],
        Routes = [],
        ClientCertificate = ClientCertificate.None,
        MinTls = TlsVersion.Tls12,
        OnTruncation = TruncationAction.Close,
        MaxConnections = 1,
        MaxConnectionsPerClient = 1,
        HandshakeTimeout = TimeSpan.FromSeconds(1),
        NegotiationTimeout = TimeSpan.FromSeconds(1),
    };

    /// <summary>The transcript of a backend that says these replies; each is also checked to be whole at its last byte and not before.</summary>
    public static Transcript Heard(BackendInspector inspector, params string[] replies)
    {
        ImmutableArray<string> lines = [.. replies.Select(reply => reply.ReplaceLineEndings("\r\n") + "\r\n")];
        foreach ((int number, string reply) in lines.Index())
        {
            for (int cut = 0; cut < reply.Length; cut++)
                Assert.Equal(0, inspector.ReplyLength(reply.AsSpan(0, cut), number));
            Assert.Equal(reply.Length, inspector.ReplyLength(reply + "what comes behind", number));
        }

        return new Transcript(lines, TranscriptEnd.Complete);
    }

    /// <summary>What is found, one word of severity and a text each.</summary>
    public static string[] Judged(BackendInspector inspector, GateSettings gate, params string[] replies)
    {
        Transcript transcript = Heard(inspector, replies);
        Assert.True(inspector.Speaks(transcript));
        return [.. inspector.Judge(transcript, gate).Select(finding => (finding.Severity == Severity.Error ? "error: " : "warning: ") + finding.Message)];
    }
}
