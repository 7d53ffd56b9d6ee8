using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Records;

namespace Postern.Interop.LibSsl;

/// <summary>
/// Behind a handshake of TLS 1.3 records are ours (docs/adr/0020-record-layer.md), and OpenSSL's connection may go. TLS 1.2 stays
/// with OpenSSL, and so does a process whose key schedule is OpenSSL's.
/// </summary>
public sealed unsafe partial class TlsChannel
{
    /// <summary>Room that <see cref="Read"/> needs: a record, whatever it is padded with.</summary>
    public const int MinRoom = RecordLayer.MaxInner;

    private TrafficKey? _readKey;
    private TrafficKey? _writeKey;
    private RecordLayer? _records;
    private string _version = "";
    private string _cipher = "";
    private bool _resumed;

    /// <summary>
    /// Frees what only the handshake needed: most of what a connection costs in memory. The certificate, the bindings and the
    /// reason of a refusal cannot be asked for any more.
    /// </summary>
    public void ForgetHandshake()
    {
        _own?.Dispose();
        _own = null;
        if (_records is null || _ssl == 0)
            return;
        _version = Version;
        _cipher = Cipher;
        _resumed = Resumed;
        FreeHandshake();
    }

    /// <summary>The key schedule has come to an application traffic secret (RFC 8446 §7.1) in the handshake that runs.</summary>
    /// <param name="hash">The suite's.</param>
    /// <param name="ofClient">What the client will say is under it; else what the server will.</param>
    /// <param name="secret">Is wiped by whoever owns it; this keeps a copy.</param>
    internal void Learn(ScheduleHash hash, bool ofClient, ReadOnlySpan<byte> secret)
    {
        ref TrafficKey? key = ref ofClient == _server is not null ? ref _readKey : ref _writeKey;
        key?.Dispose();
        key = new TrafficKey(hash, secret);
    }

    /// <param name="flight">What the last step of the handshake wrote.</param>
    private void TakeOver(ReadOnlySpan<byte> flight)
    {
        if (NativeLibSsl.SSL_version(_ssl) == Tls13 && _readKey is not null && _writeKey is not null
            && RecordSuite.Of(NativeLibSsl.SSL_CIPHER_get_protocol_id(NativeLibSsl.SSL_get_current_cipher(_ssl))) is { } suite)
        {
            // A server's last flight is tickets, under the keys that stay; a client's is its Finished, under those of the handshake.
            // The peer has said nothing that OpenSSL has read under these keys: it reads a record at a time, and stops at Finished.
            ulong written = _server is null ? 0 : CountRecords(flight);
            if (_readKey.Begin(suite, seals: false, 0) && _writeKey.Begin(suite, seals: true, written))
            {
                _records = new RecordLayer(_readKey, _writeKey, facingServer: _server is null);
                _readKey = _writeKey = null;
                return;
            }
        }

        // Goes on in OpenSSL, which may now take from the wire whatever is there.
        NativeLibSsl.SSL_set_read_ahead(_ssl, 1);
    }

    private static ulong CountRecords(ReadOnlySpan<byte> flight)
    {
        ulong count = 0;
        for (; flight.Length > TrafficKey.HeaderLength; count++)
            flight = flight[(TrafficKey.HeaderLength + (flight[3] << 8 | flight[4]))..];
        return count;
    }

    private void FreeHandshake()
    {
        if (_ssl != 0)
            NativeLibSsl.SSL_free(_ssl);
        _ssl = 0;
    }
}
