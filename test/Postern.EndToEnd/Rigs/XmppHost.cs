namespace Postern.EndToEnd.Rigs;

/// <summary>A Prosody behind gates: by mod_postern, and, to compare, by TLS of its own.</summary>
public sealed class XmppHost : IDisposable
{
    public const string Domain = "one.example.test";

    private readonly Workplace _place = new();

    public XmppHost()
    {
        Certificates = new Certificates(_place);
        string certificate = Certificates.Make("one", "DNS:" + Domain);
        Prosody = new ProsodyRig(_place, "prosody", certificate, Certificates.Authority, [(Domain, "")]);
        string tables = $"""
            [certificate.one]
            chain = "{certificate}"
            key = "{Path.ChangeExtension(certificate, ".key")}"


            """
            + Gate("xmpp", StartTls, "starttls", $"backend = \"127.0.0.1:{Prosody.C2sBehindGate}\"\nproxy-protocol = \"v2\"")
            + Gate("xmpps", Implicit, "implicit", $"backend = \"127.0.0.1:{Prosody.C2sBehindGate}\"\nproxy-protocol = \"v2\"")
            + Gate("headless", Headless, "implicit", $"backend = \"127.0.0.1:{Prosody.C2sBehindGate}\"")
            + Gate("unread", Unread, "implicit", $"""
                backend = "127.0.0.1:{Prosody.C2s}"
                backend-tls = "starttls"
                backend-name = "{Domain}"
                backend-trust = "{Certificates.Authority}"
                """);
        try
        {
            Gates = new PosternRig(_place, "xmpp", "workers = 1", tables, [StartTls, Implicit, Headless, Unread]);
        }
        catch (TimeoutException)
        {
            Prosody.Dispose();
            throw;
        }
    }

    internal Certificates Certificates { get; }

    internal ProsodyRig Prosody { get; }

    internal PosternRig Gates { get; }

    internal int StartTls { get; } = Workplace.FreePort();

    internal int Implicit { get; } = Workplace.FreePort();

    /// <summary>Without a PROXY header, in front of the port that wants one.</summary>
    internal int Headless { get; } = Workplace.FreePort();

    /// <summary>In front of a port that reads no PROXY header, and has TLS of its own.</summary>
    internal int Unread { get; } = Workplace.FreePort();

    public void Dispose()
    {
        Gates.Dispose();
        Prosody.Dispose();
        _place.Dispose();
    }

    private static string Gate(string name, int port, string tls, string backend) => $"""
        [[gate]]
        name = "{name}"
        protocol = "xmpp-client"
        listen = ["127.0.0.1:{port}"]
        tls = "{tls}"
        certificate = ["one"]
        {backend}


        """;
}
