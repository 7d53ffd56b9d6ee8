using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>The pre-shared keys that a client offers (RFC 8446 §4.2.11): tickets of ours, or somebody's.</summary>
internal static class OfferedTickets
{
    /// <summary>A client offers one or two. The others are not looked at.</summary>
    private const int MaxTickets = 4;

    /// <summary>None is good here: the handshake is a full one.</summary>
    public const int None = -1;

    /// <summary>The offer is not shaped as it must be.</summary>
    public const int Malformed = -2;

    /// <summary>The client has not the key of the ticket that it shows, or its words were changed on the way.</summary>
    public const int Unbound = -3;

    /// <summary>
    /// The place of the first whose key we have. §4.2.11: "the server MUST validate the corresponding binder value. If this value
    /// is not present or does not validate, the server MUST abort the handshake", and it "SHOULD select a single PSK and validate
    /// solely the binder that corresponds to that PSK".
    /// </summary>
    /// <param name="hello">With or without such an offer.</param>
    /// <param name="held">The route's keys; null without tickets.</param>
    /// <param name="hash">Of the suite that was chosen.</param>
    /// <param name="settings">The gate's.</param>
    /// <param name="now">Seconds of the Unix epoch.</param>
    /// <param name="key">As long as the hash.</param>
    /// <param name="born">When we last proved ourselves to this client; now, where none is good.</param>
    /// <param name="endPoint">The hash of the certificate that the client was shown then.</param>
    public static int Find(
        ClientHello hello, TicketKeys? held, ScheduleHash hash, TlsServerSettings settings, long now, Span<byte> key, out long born, out byte[] endPoint)
    {
        endPoint = [];
        born = now;
        if (held is null || hello.PreSharedKey.IsEmpty)
            return None;

        var offer = new HelloBytes(hello.PreSharedKey);
        var identities = new HelloBytes(offer.Vector());
        ReadOnlySpan<byte> list = offer.Vector();
        var binders = new HelloBytes(list);
        if (offer.IsShort || !offer.IsEmpty)
            return Malformed;

        ReadOnlySpan<byte> truncated = hello.Message[..^(list.Length + 2)];
        for (int i = 0; i < MaxTickets && !identities.IsEmpty; i++)
        {
            ReadOnlySpan<byte> ticket = identities.Vector();
            _ = identities.Take(4);
            ReadOnlySpan<byte> binder = binders.ShortVector();
            if (identities.IsShort || binders.IsShort)
                return Malformed;
            if (SessionTicket.TryOpen(held, ticket, hash, settings, now, key, out born, out endPoint))
                return IsBound(hash, key, truncated, binder) ? i : Unbound;
        }

        return None;
    }

    private static bool IsBound(ScheduleHash hash, ReadOnlySpan<byte> key, ReadOnlySpan<byte> truncated, ReadOnlySpan<byte> binder)
    {
        int digest = Hmac.DigestLength(hash);
        Span<byte> transcript = stackalloc byte[digest], secret = stackalloc byte[digest], expected = stackalloc byte[digest];
        using (var secrets = new HandshakeSecrets(hash, key))
            secrets.Derive("res binder"u8, Hkdf.Nothing(hash), secret);
        Hmac.Digest(hash, truncated, [], [], transcript);
        HandshakeSecrets.Finish(hash, secret, transcript, expected);
        bool same = CryptographicOperations.FixedTimeEquals(expected, binder);
        CryptographicOperations.ZeroMemory(secret);
        return same;
    }
}
