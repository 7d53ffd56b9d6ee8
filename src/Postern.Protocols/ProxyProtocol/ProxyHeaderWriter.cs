using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>What is known of a connection when the header is written: after the handshake.</summary>
public sealed record ProxyHeaderFacts
{
    /// <summary>The client; without an address (a unix socket) the header says UNKNOWN (version 1) or LOCAL (2).</summary>
    public ProxyAddress Source { get; init; }

    public ProxyAddress Destination { get; init; }

    /// <summary>Null without TLS.</summary>
    public string? TlsVersion { get; init; }

    public string? Cipher { get; init; }

    public string? ServerName { get; init; }

    public string? Alpn { get; init; }

    /// <summary>DER; empty when the client sent none.</summary>
    public ReadOnlyMemory<byte> ClientCertificate { get; init; }

    public string? CommonName { get; init; }

    public bool Verified { get; init; }

    /// <summary>The tls-exporter channel binding of RFC 9266, 32 bytes; empty where there is none.</summary>
    public ReadOnlyMemory<byte> ChannelBinding { get; init; }

    /// <summary>The tls-server-end-point channel binding of RFC 5929 §4, 32 to 64 bytes; empty where it is not defined.</summary>
    public ReadOnlyMemory<byte> ServerEndPoint { get; init; }
}

/// <summary>Writes a PROXY protocol header, version 1 or 2 (HAProxy's proxy-protocol.txt).</summary>
public static class ProxyHeaderWriter
{
    // PP2_CLIENT_*: the client field of the SSL TLV.
    private const byte ClientSsl = 0x01;
    private const byte ClientCertificateOnConnection = 0x02;
    private const byte ClientCertificateInSession = 0x04;

    /// <summary>The longest header of version 2 where nobody wants a shorter one; room for a certificate of 6 KiB.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>RFC 5280, appendix A.1: ub-common-name.</summary>
    private const int MaxCommonName = 64;

    /// <summary>RFC 7301 §3.1: a protocol's name has a byte for its length; a DNS name is no longer either.</summary>
    private const int MaxName = 255;

    public static void WriteV1(ProxyHeaderFacts facts, ref ByteWriter output)
    {
        ProxyAddress source = facts.Source;
        ProxyAddress destination = facts.Destination;
        if (source.Length == 0 || source.Length != destination.Length)
        {
            WriteV1Unknown(ref output);
            return;
        }

        string family = source.Length == 4 ? "TCP4" : "TCP6";
        output.WriteText(string.Create(
            CultureInfo.InvariantCulture,
            $"PROXY {family} {new IPAddress(source.Bytes)} {new IPAddress(destination.Bytes)} {source.Port} {destination.Port}\r\n"));
    }

    /// <summary>Our own connection, or one that has no address: the receiver goes by the address that it sees.</summary>
    public static void WriteV1Unknown(ref ByteWriter output) => output.Write("PROXY UNKNOWN\r\n"u8);

    public static void WriteV2Local(ref ByteWriter output)
    {
        output.Write(ProxyHeaderReader.SignatureV2);
        output.Write([ProxyHeaderV2.CommandLocal, ProxyHeaderV2.FamilyUnspecified, 0, 0]);
    }

    /// <param name="facts">What is known.</param>
    /// <param name="limit">
    /// The longest header that the receiver reads (<see cref="Protocol.MaxProxyHeader"/>). What makes it longer is left
    /// out: the certificate first, then the names.
    /// </param>
    /// <param name="scratch">Room for the parts whose length comes first: 16 KiB.</param>
    /// <param name="output">Where it is written.</param>
    public static void WriteV2(ProxyHeaderFacts facts, int limit, Span<byte> scratch, ref ByteWriter output)
    {
        ProxyAddress source = facts.Source;
        ProxyAddress destination = facts.Destination;
        bool known = source.Length != 0 && source.Length == destination.Length;

        foreach (Detail detail in (ReadOnlySpan<Detail>)[Detail.All, Detail.NoCertificate, Detail.NoNames])
        {
            var body = new ByteWriter(scratch[..(scratch.Length / 2)]);
            if (known)
                WriteAddresses(source, destination, ref body);
            if (!TryWriteTlvs(facts, detail, scratch[(scratch.Length / 2)..], ref body)
                || body.Length > Math.Min(limit, MaxLength) - ProxyHeaderV2.FixedLength)
                continue;

            // A client of a unix socket has no address that could be said. PROXY with AF_UNSPEC would be the word for it,
            // but Postfix answers that with 421 and Dovecot closes. LOCAL has them go by the address that they see,
            // which is this machine's and so the truth; Dovecot heeds the TLVs even so, and HAProxy does the same.
            byte command = known ? ProxyHeaderV2.CommandProxy : ProxyHeaderV2.CommandLocal;
            byte family = !known ? ProxyHeaderV2.FamilyUnspecified
                : source.Length == 4 ? ProxyHeaderV2.FamilyTcp4 : ProxyHeaderV2.FamilyTcp6;
            output.Write(ProxyHeaderReader.SignatureV2);
            output.Write([command, family, (byte)(body.Length >> 8), (byte)body.Length]);
            output.Write(body.Written);
            return;
        }

        throw new ArgumentOutOfRangeException(nameof(limit), limit, "too short for any header");
    }

    private static void WriteAddresses(ProxyAddress source, ProxyAddress destination, ref ByteWriter body)
    {
        body.Write(source.Bytes);
        body.Write(destination.Bytes);
        Span<byte> ports = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, source.Port);
        BinaryPrimitives.WriteUInt16BigEndian(ports[2..], destination.Port);
        body.Write(ports);
    }

    /// <summary>False when they do not fit.</summary>
    private static bool TryWriteTlvs(ProxyHeaderFacts facts, Detail detail, Span<byte> scratch, ref ByteWriter body)
    {
        bool names = detail != Detail.NoNames;
        if (names)
        {
            WriteName(ref body, TypeLengthValue.Alpn, facts.Alpn, MaxName);
            WriteName(ref body, TypeLengthValue.Authority, facts.ServerName, MaxName);
        }

        if (facts.TlsVersion is null)
            return !body.Overflowed;

        var ssl = new ByteWriter(scratch);
        bool certificate = !facts.ClientCertificate.IsEmpty;
        bool verified = certificate && facts.Verified;
        byte client = (byte)(ClientSsl | (certificate ? ClientCertificateOnConnection | ClientCertificateInSession : 0));

        // verify is 0 exactly when a certificate was presented and verified.
        ssl.Write([client, 0, 0, 0, (byte)(verified ? 0 : 1)]);
        WriteName(ref ssl, TypeLengthValue.SslVersion, facts.TlsVersion, MaxName);
        WriteName(ref ssl, TypeLengthValue.SslCipher, facts.Cipher, MaxName);

        // Dovecot takes this name for the user's (auth_ssl_username_from_cert) without a look at verify: so none is said
        // but what an authority of the gate has signed.
        if (names && verified)
            WriteName(ref ssl, TypeLengthValue.SslCommonName, facts.CommonName, MaxCommonName);
        if (detail == Detail.All && certificate)
            TypeLengthValue.Write(ref ssl, TypeLengthValue.SslClientCertificate, facts.ClientCertificate.Span);
        if (ssl.Overflowed)
            return false;

        TypeLengthValue.Write(ref body, TypeLengthValue.Ssl, ssl.Written);
        if (!facts.ChannelBinding.IsEmpty)
            TypeLengthValue.Write(ref body, TypeLengthValue.ChannelBinding, facts.ChannelBinding.Span);
        if (!facts.ServerEndPoint.IsEmpty)
            TypeLengthValue.Write(ref body, TypeLengthValue.ServerEndPoint, facts.ServerEndPoint.Span);
        return !body.Overflowed;
    }

    /// <summary>
    /// Writes a name whole or not at all: half a name is somebody else's, and so is, to a receiver in C, what stands
    /// before a NUL in it.
    /// </summary>
    private static void WriteName(ref ByteWriter output, byte type, string? name, int maxLength)
    {
        if (string.IsNullOrEmpty(name) || name.Length > maxLength || name.Contains('\ufffd') || name.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0)
            return;

        Span<byte> bytes = stackalloc byte[3 * MaxName];
        int length = Encoding.UTF8.GetBytes(name, bytes);
        TypeLengthValue.Write(ref output, type, bytes[..length]);
    }

    /// <summary>How much is said, where a receiver reads short headers only.</summary>
    private enum Detail
    {
        All,
        NoCertificate,
        NoNames,
    }
}
