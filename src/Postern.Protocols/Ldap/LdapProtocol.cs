namespace Postern.Protocols.Ldap;

/// <summary>LDAP 3 (RFC 4511) with StartTLS. No ALPN is registered for it, so a client that offers any means something else (S7).</summary>
public sealed class LdapProtocol : Protocol
{
    private const int MaxText = 1024;

    private LdapProtocol()
    {
    }

    public static LdapProtocol Instance { get; } = new();

    public override string Name => "ldap";

    public override FirstSpeaker FirstSpeaker => FirstSpeaker.Client;

    public override FrontNegotiator FacingClient(FrontSettings settings) => new LdapFront();

    public override BackNegotiator FacingServer(BackSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new LdapBack(settings.Nonce);
    }

    public override BackNegotiator FacingBackend(ReadOnlyMemory<byte> replay, bool greets) =>
        throw new InvalidOperationException("An LDAP server does not greet.");

    public override void WriteUnavailable(in Apology why, RefusalPlace place, ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        // RFC 4511 §4.4.1: a notice may come at any time, asked for or not.
        Span<byte> room = stackalloc byte[MaxText];
        var text = new ByteWriter(room);
        why.WriteText(ref text);
        LdapWords.WriteNotice(why.Why == Unavailable.Busy ? LdapOperation.Busy : LdapOperation.Unavailable, text.Written, ref output);
    }

    /// <summary>Whatever the client has said: who speaks first is refused at once, and never waited for.</summary>
    public override int NextCommand(ReadOnlySpan<byte> input) => input.Length;
}
