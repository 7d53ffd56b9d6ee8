using System.Security.Cryptography;
using Postern.Interop.LibSsl.KeySchedule;
using Postern.Interop.LibSsl.Tickets;

namespace Postern.Interop.LibSsl.Handshake;

/// <summary>The pre-shared keys that a client offers (RFC 8446 §4.2.11): tickets of ours, or somebody's.</summary>
internal static class OfferedTickets
{
    /// <summary>A client offers one or two. The others are not looked at.</summary>
    private const int MaxTickets = 4;

    /// <summary>
    /// The first whose key we have and whose binder (§4.2.11.2) shows that the client has it too: its place, or −1. One whose
    /// binder is wrong is as good as none: the handshake is then a full one, in which we prove ourselves anew.
    /// </summary>
    /// <param name="hello">With or without such an offer.</param>
    /// <param name="held">The route's keys; null without tickets.</param>
    /// <param name="hash">Of the suite that was chosen.</param>
    /// <param name="settings">The gate's.</param>
    /// <param name="now">Seconds of the Unix epoch.</param>
    /// <param name="key">As long as the hash.</param>
    /// <param name="endPoint">The hash of the certificate that the client was shown when it got the ticket.</param>
    public static int Find(
        ClientHello hello, TicketKeys? held, ScheduleHash hash, TlsServerSettings settings, long now, Span<byte> key, out byte[] endPoint)
    {
        endPoint = [];
        if (held is null || hello.PreSharedKey.IsEmpty)
            return -1;

        var offer = new HelloBytes(hello.PreSharedKey);
        var identities = new HelloBytes(offer.Vector());
        ReadOnlySpan<byte> list = offer.Vector();
        var binders = new HelloBytes(list);
        if (offer.IsShort || !offer.IsEmpty)
            return -1;

        ReadOnlySpan<byte> truncated = hello.Message[..^(list.Length + 2)];
        for (int i = 0; i < MaxTickets && !identities.IsEmpty; i++)
        {
            ReadOnlySpan<byte> ticket = identities.Vector();
            _ = identities.Take(4);
            ReadOnlySpan<byte> binder = binders.ShortVector();
            if (identities.IsShort || binders.IsShort)
                return -1;
            if (SessionTicket.TryOpen(held, ticket, hash, settings, now, key, out endPoint) && IsBound(hash, key, truncated, binder))
                return i;
        }

        endPoint = [];
        return -1;
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
