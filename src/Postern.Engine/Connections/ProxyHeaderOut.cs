using Postern.Engine.Gates;
using Postern.Interop.LibC;
using Postern.Interop.LibSsl;
using Postern.Protocols;
using Postern.Protocols.ProxyProtocol;

namespace Postern.Engine.Connections;

/// <summary>The header of a connection that is our own: the backend is to go by the address that it sees.</summary>
internal static class ProxyHeaderOut
{
    public static ReadOnlySpan<byte> ForOurselves(Gate gate, int fd, byte[] buffer)
    {
        var output = new ByteWriter(buffer);
        ProxyAddress ours = Connection.ToProxyAddress(StreamSocket.LocalEndpoint(fd));

        // Version 1 has UNKNOWN for this, but Postfix answers it with 421: our own address says the same.
        if (gate.ProxyOut == ProxyOut.V1)
            ProxyHeaderWriter.WriteV1(new ProxyHeaderFacts { Source = ours, Destination = ours }, ref output);
        else if (gate.ProxyOut == ProxyOut.V2)
            ProxyHeaderWriter.WriteV2Local(ref output);
        return output.Written;
    }
}

/// <summary>PROXY out: who the client is, and what its TLS knows. Written after the handshake, first of all.</summary>
internal sealed partial class Connection
{

    private void SendProxyHeader()
    {
        if (_gate.ProxyOut == ProxyOut.None)
            return;

        if (!_proxied)
            _local = StreamSocket.LocalEndpoint(_front.Fd);

        bool tls = _tls is { HandshakeDone: true };
        PeerCertificate? certificate = tls && _gate.TlsServer!.Settings.ClientCertificates != ClientCertificateMode.None
            ? _tls!.PeerCertificate()
            : null;
        var facts = new ProxyHeaderFacts
        {
            Source = ToProxyAddress(_client),
            Destination = ToProxyAddress(_local),
            TlsVersion = tls ? _tls!.Version : null,
            Cipher = tls ? _tls!.Cipher : null,
            ServerName = _tls?.ServerName,
            Alpn = _tls?.Alpn,
            ClientCertificate = certificate?.Der ?? default(ReadOnlyMemory<byte>),
            CommonName = certificate?.CommonName,
            Verified = certificate?.Verified ?? false,
            ChannelBinding = tls ? _tls!.ExportedBinding() : default,
            ServerEndPoint = tls ? _tls!.ServerEndPoint() : default,
        };

        var output = new ByteWriter(_thread.Answer);
        if (_gate.ProxyOut == ProxyOut.V1)
            ProxyHeaderWriter.WriteV1(facts, ref output);
        else
            ProxyHeaderWriter.WriteV2(facts, _gate.Protocol.MaxProxyHeader, _thread.Plain, ref output);
        _back.Transmit(Buffers, output.Written);
    }

    internal static ProxyAddress ToProxyAddress(Endpoint endpoint)
    {
        Span<byte> bytes = stackalloc byte[16];
        return new ProxyAddress(bytes[..endpoint.CopyAddress(bytes)], endpoint.Port);
    }

    private static Endpoint ToEndpoint(ProxyAddress address) => new(
        address.Length == 4 ? EndpointFamily.V4 : EndpointFamily.V6, address.Bytes, address.Port);
}
