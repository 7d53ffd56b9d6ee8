namespace Postern.Interop.LibSsl.Records;

/// <summary>What a record of handshake messages comes to, once the handshake is over.</summary>
internal enum PostHandshakeVerdict
{
    /// <summary>Nothing to do, or nothing yet.</summary>
    None,

    /// <summary>What the peer says from here on is under its next keys.</summary>
    KeyUpdate,

    /// <summary>The same, and it wants us to do likewise.</summary>
    KeyUpdateRequested,

    /// <summary>Not to be said here: unexpected_message.</summary>
    Unexpected,

    /// <summary>Not shaped as it must be: decode_error.</summary>
    Malformed,

    /// <summary>A KeyUpdate that asks for something that nobody knows: illegal_parameter.</summary>
    Illegal,
}

/// <summary>
/// Reads the handshake messages that come behind the handshake (RFC 8446 §4.6): KeyUpdate, and from servers NewSessionTicket,
/// which is skipped, since sessions with servers are not kept. Messages may be cut by records anywhere and share them.
/// </summary>
internal struct PostHandshake(bool facingServer)
{
    private const byte NewSessionTicket = 4;
    private const byte KeyUpdate = 24;
    private const int HeaderLength = 4;

    /// <summary>§4.6.1: lifetime, age_add, a nonce of 255 bytes, a ticket and extensions of 2^16-1 at most.</summary>
    private const int MaxTicket = 4 + 4 + 1 + 255 + 2 + 65_535 + 2 + 65_534;

    private uint _header;
    private int _headerBytes;
    private int _left;

    /// <summary>A message has begun and not ended: nothing else may come now (§5.1).</summary>
    public readonly bool IsUnderWay => _headerBytes > 0;

    /// <param name="content">Of one record, not empty.</param>
    public PostHandshakeVerdict Take(ReadOnlySpan<byte> content)
    {
        for (int i = 0; i < content.Length; i++)
        {
            if (_headerBytes < HeaderLength)
            {
                _header = (_header << 8) | content[i];
                if (++_headerBytes < HeaderLength)
                    continue;

                PostHandshakeVerdict verdict = Begin();
                if (verdict != PostHandshakeVerdict.None)
                    return verdict;
                continue;
            }

            if (_header >> 24 == KeyUpdate)
            {
                // §5.1: a record of the new keys cannot hold what was said under the old ones.
                bool isLast = i == content.Length - 1;
                _headerBytes = 0;
                return !isLast
                    ? PostHandshakeVerdict.Unexpected
                    : content[i] switch
                    {
                        0 => PostHandshakeVerdict.KeyUpdate,
                        1 => PostHandshakeVerdict.KeyUpdateRequested,
                        _ => PostHandshakeVerdict.Illegal,
                    };
            }

            int skipped = Math.Min(_left, content.Length - i);
            _left -= skipped;
            i += skipped - 1;
            if (_left == 0)
                _headerBytes = 0;
        }

        return PostHandshakeVerdict.None;
    }

    private PostHandshakeVerdict Begin()
    {
        _left = (int)(_header & 0xff_ffff);
        return (_header >> 24) switch
        {
            KeyUpdate => _left == 1 ? PostHandshakeVerdict.None : PostHandshakeVerdict.Malformed,
            NewSessionTicket when facingServer => _left is > 0 and <= MaxTicket ? PostHandshakeVerdict.None : PostHandshakeVerdict.Malformed,

            // Certificates are asked for in the handshake or not at all; a second ClientHello would be a renegotiation (§4.1.2).
            _ => PostHandshakeVerdict.Unexpected,
        };
    }
}
