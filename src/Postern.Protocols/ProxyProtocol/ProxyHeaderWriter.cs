using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Postern.Protocols.ProxyProtocol;

/// <summary>What is known of a connection when the header is written: after the handshake.</summary>
public sealed record ProxyHeaderFacts
{
    /// <summary>The client; without an address (a unix socket) the header says UNKNOWN or LOCAL.</summary>
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
}

/// <summary>Writes a PROXY protocol header, version 1 or 2 (HAProxy's proxy-protocol.txt).</summary>
public static class ProxyHeaderWriter
{
    // PP2_CLIENT_*: the client field of the SSL TLV.
    private const byte ClientSsl = 0x01;
    private const byte ClientCertificateOnConnection = 0x02;
    private const byte ClientCertificateInSession = 0x04;


    /// <summary>The largest certificate that is passed on; a larger one is left out, its name is not.</summary>
    public const int MaxCertificate = 6 * 1024;

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

    /// <param name="scratch">Room for the part whose length comes first: 16 KiB.</param>
    public static void WriteV2(ProxyHeaderFacts facts, Span<byte> scratch, ref ByteWriter output)
    {
        ProxyAddress source = facts.Source;
        ProxyAddress destination = facts.Destination;
        bool known = source.Length != 0 && source.Length == destination.Length;

        var body = new ByteWriter(scratch[..(scratch.Length / 2)]);
        if (known)
        {
            body.Write(source.Bytes);
            body.Write(destination.Bytes);
            Span<byte> ports = stackalloc byte[4];
            BinaryPrimitives.WriteUInt16BigEndian(ports, source.Port);
            BinaryPrimitives.WriteUInt16BigEndian(ports[2..], destination.Port);
            body.Write(ports);
        }

        // A client of a unix socket is still a client: PROXY with AF_UNSPEC, so that the TLVs are heard. LOCAL would
        // have the receiver ignore them.
        WriteTlvs(facts, scratch[(scratch.Length / 2)..], ref body);

        output.Write(ProxyHeaderReader.SignatureV2);
        byte family = !known ? ProxyHeaderV2.FamilyUnspecified
            : source.Length == 4 ? ProxyHeaderV2.FamilyTcp4 : ProxyHeaderV2.FamilyTcp6;
        output.Write([ProxyHeaderV2.CommandProxy, family, (byte)(body.Length >> 8), (byte)body.Length]);
        output.Write(body.Written);
    }

    private static void WriteTlvs(ProxyHeaderFacts facts, Span<byte> scratch, ref ByteWriter body)
    {
        if (facts.Alpn is { } alpn)
            WriteText(ref body, TypeLengthValue.Alpn, alpn);
        if (facts.ServerName is { } name)
            WriteText(ref body, TypeLengthValue.Authority, name);
        if (facts.TlsVersion is null)
            return;

        var ssl = new ByteWriter(scratch);
        bool certificate = !facts.ClientCertificate.IsEmpty;
        byte client = (byte)(ClientSsl | (certificate ? ClientCertificateOnConnection | ClientCertificateInSession : 0));

        // verify is 0 exactly when a certificate was presented and verified.
        ssl.Write([client, 0, 0, 0, (byte)(certificate && facts.Verified ? 0 : 1)]);
        WriteText(ref ssl, TypeLengthValue.SslVersion, facts.TlsVersion);
        if (facts.Cipher is { } cipher)
            WriteText(ref ssl, TypeLengthValue.SslCipher, cipher);
        if (facts.CommonName is { } commonName)
            WriteText(ref ssl, TypeLengthValue.SslCommonName, commonName);
        if (certificate && facts.ClientCertificate.Length <= MaxCertificate)
            TypeLengthValue.Write(ref ssl, TypeLengthValue.SslClientCertificate, facts.ClientCertificate.Span);

        TypeLengthValue.Write(ref body, TypeLengthValue.Ssl, ssl.Written);
        if (!facts.ChannelBinding.IsEmpty)
            TypeLengthValue.Write(ref body, TypeLengthValue.ChannelBinding, facts.ChannelBinding.Span);
    }

    private static void WriteText(ref ByteWriter output, byte type, string text)
    {
        Span<byte> bytes = stackalloc byte[3 * 255];
        int length = System.Text.Encoding.UTF8.GetBytes(text.AsSpan(0, Math.Min(text.Length, 255)), bytes);
        TypeLengthValue.Write(ref output, type, bytes[..length]);
    }
}
