using System.Net;
using Postern.Configuration.Settings;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Cli.Live;

/// <summary>The PROXY headers that a check sends.</summary>
internal static class OwnHeader
{
    /// <summary>RFC 5737 §3: an address of the documentation, which no real client has.</summary>
    private static readonly IPEndPoint s_farClient = new(IPAddress.Parse("192.0.2.1"), 50_000);

    /// <summary>What else a backend may be waiting for.</summary>
    public static IEnumerable<ProxyHeader> Others(ProxyHeader tried) =>
        ((ProxyHeader[])[ProxyHeader.None, ProxyHeader.V2, ProxyHeader.V1]).Where(other => other != tried);

    /// <summary>The connection is our own.</summary>
    /// <param name="version">As the gate's proxy-protocol says.</param>
    /// <param name="own">Our end of it; null for a unix socket.</param>
    public static byte[] Local(ProxyHeader version, IPEndPoint? own)
    {
        var output = new ByteWriter(new byte[Negotiator.MaxAnswer]);

        // Version 1 has UNKNOWN for this, but Postfix answers it with 421: our own address says the same.
        if (version == ProxyHeader.V1 && own is not null)
            ProxyHeaderWriter.WriteV1(new ProxyHeaderFacts { Source = ToProxy(own), Destination = ToProxy(own) }, ref output);
        else if (version == ProxyHeader.V1)
            ProxyHeaderWriter.WriteV1Unknown(ref output);
        else if (version == ProxyHeader.V2)
            ProxyHeaderWriter.WriteV2Local(ref output);
        return output.Written.ToArray();
    }

    /// <summary>A client from far away with TLS, as the gate would announce it: a backend may trust the machine itself more.</summary>
    public static byte[] FarClient(ProxyHeader version)
    {
        var facts = new ProxyHeaderFacts
        {
            Source = ToProxy(s_farClient),
            Destination = ToProxy(new IPEndPoint(IPAddress.Parse("192.0.2.2"), 993)),
            TlsVersion = "TLSv1.3",
            Cipher = "TLS_AES_256_GCM_SHA384",
        };
        var output = new ByteWriter(new byte[Negotiator.MaxAnswer]);
        if (version == ProxyHeader.V1)
            ProxyHeaderWriter.WriteV1(facts, ref output);
        else
            ProxyHeaderWriter.WriteV2(facts, ProxyHeaderWriter.MaxLength, new byte[16 * 1024], ref output);
        return output.Written.ToArray();
    }

    private static ProxyAddress ToProxy(IPEndPoint address) => new(address.Address.GetAddressBytes(), (ushort)address.Port);
}
