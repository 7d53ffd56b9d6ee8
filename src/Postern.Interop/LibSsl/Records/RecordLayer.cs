using System.Buffers.Binary;

namespace Postern.Interop.LibSsl.Records;

/// <summary>
/// TLS 1.3 behind its handshake: records (RFC 8446 §5), KeyUpdate (§4.6.3), alerts (§6). From wire to plain and back with no copy
/// between, no allocation, and nothing kept of a record that has not come whole. OpenSSL does the ciphers
/// (docs/adr/0020-record-layer.md).
/// </summary>
/// <param name="read">The peer's keys.</param>
/// <param name="write">Ours.</param>
/// <param name="facingServer">The peer is the server.</param>
internal sealed class RecordLayer(TrafficKey read, TrafficKey write, bool facingServer) : IDisposable
{
    /// <summary>§5.1: the content of a record.</summary>
    public const int MaxContent = 1 << 14;

    /// <summary>§5.2: content, content type, padding and tag of a record.</summary>
    public const int MaxBody = MaxContent + 256;

    /// <summary>§5.4: "the full encoded TLSInnerPlaintext MUST NOT exceed 2^14 + 1 octets", padding and all.</summary>
    public const int MaxPadded = MaxContent + 1;

    /// <summary>What one record comes to at most, be it right or not, before its padding is taken off.</summary>
    public const int MaxInner = MaxBody - TrafficKey.TagLength;

    /// <summary>
    /// Records under one key. §5.5: AES-GCM keeps its margin for 2^24.5 full-sized ones; a stricter bound costs two hashes a
    /// hundred gigabytes.
    /// </summary>
    public const ulong MaxRecords = 1ul << 23;

    /// <summary>Records without content, one behind the other: §5.1 allows them, and a flood of them is work for nothing (S11).</summary>
    private const int MaxEmpty = 32;

    /// <summary>§6.1: user_canceled is followed by close_notify. A peer that goes on saying it says nothing.</summary>
    private const int MaxWarnings = 4;

    private PostHandshake _messages = new(facingServer);
    private int _empty;
    private int _warnings;
    private bool _updateOwed;
    private bool _closed;
    private bool _closeSaid;

    /// <summary>Why the connection is broken; empty while it is not.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>The same for who has to decide by it.</summary>
    public TlsFault Fault { get; private set; } = TlsFault.Other;

    /// <summary>The content of the next record that has any.</summary>
    /// <param name="wire">Where records come from, and where an alert goes.</param>
    /// <param name="plain">Room for <see cref="MaxInner"/> bytes at least.</param>
    /// <param name="count">Bytes of content; 0 unless Ok.</param>
    public TlsStatus Read(TlsWire wire, Span<byte> plain, out int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(plain.Length, MaxInner);
        count = 0;
        while (Failure.Length == 0 && !_closed)
        {
            ReadOnlySpan<byte> unread = wire.Unread;
            if (unread.Length < TrafficKey.HeaderLength)
                return TlsStatus.WantRead;

            // §5: "An implementation may receive [...] change_cipher_spec [...] any time after the first ClientHello [...] and
            // before [...] Finished". Here everything is under keys, and looks like application data.
            if (unread[0] != (byte)ContentType.ApplicationData)
                return Fail(wire, Alert.UnexpectedMessage, "a record that is not encrypted");

            int body = BinaryPrimitives.ReadUInt16BigEndian(unread[3..]);
            if (body > MaxBody)
                return Fail(wire, Alert.RecordOverflow, "a record that is too long");
            if (body <= TrafficKey.TagLength)
                return Fail(wire, Alert.BadRecordMac, "a record that is too short to be one");
            if (unread.Length < TrafficKey.HeaderLength + body)
                return TlsStatus.WantRead;

            int inner = read.Open(unread[..(TrafficKey.HeaderLength + body)], plain);
            if (inner < 0)
                return Fail(wire, Alert.BadRecordMac, "a record that was not sealed by the peer");
            wire.Took(TrafficKey.HeaderLength + body);

            TlsStatus status = Take(wire, plain[..inner], out count);
            if (count > 0 || status != TlsStatus.Ok)
                return status;
        }

        return _closed ? TlsStatus.Closed : TlsStatus.Failed;
    }

    /// <summary>Seals all of <paramref name="plain"/>, in as few records as hold it; WantWrite, and nothing is done, without room on the wire.</summary>
    public TlsStatus Write(TlsWire wire, ReadOnlySpan<byte> plain)
    {
        if (_closeSaid || Failure.Length > 0)
            return TlsStatus.Failed;

        // One for a KeyUpdate, one for what is less than a record.
        int records = (plain.Length / MaxContent) + 2;
        if (plain.Length + (records * TrafficKey.Overhead) + 5 > wire.Room.Length)
            return TlsStatus.WantWrite;
        if (_updateOwed || write.Sequence >= MaxRecords)
            UpdateOwnKeys(wire);

        while (!plain.IsEmpty && Failure.Length == 0)
        {
            int length = Math.Min(plain.Length, MaxContent);
            Seal(wire, ContentType.ApplicationData, plain[..length]);
            plain = plain[length..];
        }

        return Failure.Length == 0 ? TlsStatus.Ok : TlsStatus.Failed;
    }

    /// <summary>close_notify: §6.1, our direction ends, the peer's goes on.</summary>
    public void Shutdown(TlsWire wire)
    {
        if (!_closeSaid && Failure.Length == 0)
            SayAlert(wire, isFatal: false, Alert.CloseNotify);
    }

    public void Dispose()
    {
        read.Dispose();
        write.Dispose();
    }

    /// <summary>TLSInnerPlaintext (§5.4): content, its type, and zeros up to the end. False for zeros only.</summary>
    public static bool TrySplit(ReadOnlySpan<byte> inner, out ContentType type, out ReadOnlySpan<byte> content)
    {
        int at = inner.LastIndexOfAnyExcept((byte)0);
        type = at < 0 ? default : (ContentType)inner[at];
        content = at < 0 ? default : inner[..at];
        return at >= 0;
    }

    /// <summary>Ok with a count of 0: the record had nothing for the reader.</summary>
    private TlsStatus Take(TlsWire wire, ReadOnlySpan<byte> inner, out int count)
    {
        count = 0;

        if (inner.Length > MaxPadded)
            return Fail(wire, Alert.RecordOverflow, "a record that holds too much");
        if (!TrySplit(inner, out ContentType type, out ReadOnlySpan<byte> content))
            return Fail(wire, Alert.UnexpectedMessage, "a record without a type");

        if (_messages.IsUnderWay && type != ContentType.Handshake)
            return Fail(wire, Alert.UnexpectedMessage, "something else in the middle of a handshake message");

        switch (type)
        {
            case ContentType.ApplicationData when content.IsEmpty:
                return ++_empty > MaxEmpty ? Fail(wire, Alert.UnexpectedMessage, "records without content, again and again") : TlsStatus.Ok;

            case ContentType.ApplicationData:
                _empty = 0;
                count = content.Length;
                return TlsStatus.Ok;

            // §5.1: "Implementations MUST NOT send zero-length fragments of Handshake types".
            case ContentType.Handshake when !content.IsEmpty:
                return Hear(wire, _messages.Take(content));

            case ContentType.Alert when content.Length == 2:
                return Hear(wire, content[1]);

            default:
                return Fail(wire, Alert.UnexpectedMessage, "a record of a kind that has no place here");
        }
    }

    private TlsStatus Hear(TlsWire wire, PostHandshakeVerdict verdict)
    {
        switch (verdict)
        {
            case PostHandshakeVerdict.None:
                return TlsStatus.Ok;

            // §4.6.3: "MUST send a KeyUpdate of its own [...] prior to sending its next Application Data record". A hundred that
            // come while we are silent get one answer, so that asking is no way to fill our buffers (S11).
            case PostHandshakeVerdict.KeyUpdate or PostHandshakeVerdict.KeyUpdateRequested:
                _updateOwed |= verdict == PostHandshakeVerdict.KeyUpdateRequested;
                return read.Update() ? TlsStatus.Ok : Fail(wire, Alert.InternalError, "OpenSSL does not take new keys");

            case PostHandshakeVerdict.Malformed:
                return Fail(wire, Alert.DecodeError, "a malformed handshake message");

            case PostHandshakeVerdict.Illegal:
                return Fail(wire, Alert.IllegalParameter, "a KeyUpdate that asks for something unknown");

            default:
                return Fail(wire, Alert.UnexpectedMessage, "a handshake message that has no place behind the handshake");
        }
    }

    private TlsStatus Hear(TlsWire wire, byte alert)
    {
        switch ((Alert)alert)
        {
            case Alert.CloseNotify:
                _closed = true;
                return TlsStatus.Closed;

            case Alert.UserCanceled:
                return ++_warnings > MaxWarnings ? Fail(wire, Alert.UnexpectedMessage, "user_canceled, again and again") : TlsStatus.Ok;

            default:
                // §6.2: all others end the connection at once, whatever level they claim; nothing is answered.
                Failure = "the peer's alert: " + AlertNames.Of(alert);
                Fault = TlsFaults.OfAlert(alert);
                return TlsStatus.Failed;
        }
    }

    private TlsStatus Fail(TlsWire wire, Alert alert, string reason)
    {
        if (!_closeSaid && wire.Room.Length >= TrafficKey.Overhead + 2)
            SayAlert(wire, isFatal: true, alert);
        Failure = reason;
        return TlsStatus.Failed;
    }

    private void SayAlert(TlsWire wire, bool isFatal, Alert alert)
    {
        _closeSaid = true;
        Seal(wire, ContentType.Alert, [(byte)(isFatal ? 2 : 1), (byte)alert]);
    }

    /// <summary>KeyUpdate, update_not_requested; what follows is under the next keys.</summary>
    private void UpdateOwnKeys(TlsWire wire)
    {
        _updateOwed = false;
        Seal(wire, ContentType.Handshake, [24, 0, 0, 1, 0]);
        if (!write.Update())
            Failure = "OpenSSL does not take new keys";
    }

    private void Seal(TlsWire wire, ContentType type, ReadOnlySpan<byte> content)
    {
        int length = write.Seal(type, content, wire.Room);
        if (length == 0)
            Failure = "OpenSSL does not seal";
        wire.Wrote(length);
    }
}
