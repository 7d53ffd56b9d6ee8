using Postern.Protocols.Lines;

namespace Postern.Protocols.Imap;

/// <summary>
/// The client's side of STARTTLS with a server (RFC 9051 §6.2.1): greeting, STARTTLS, and nothing else. CAPABILITY is not
/// asked for: a list in the clear proves nothing and is void behind TLS (C10), so that it could only be one more word to
/// wait for and to be lied to about. A server that has no STARTTLS says BAD to it.
/// </summary>
internal sealed class ImapBack(BackSettings settings) : BackNegotiator
{
    /// <summary>Untagged responses before the tagged one (C7): more than any server has to say to one that is not logged in.</summary>
    private const int MaxUntagged = 32;

    private readonly ImapGreeting _greeting = new();

    // C6: with a tag that nobody can guess, no OK can stand there before STARTTLS has been said. It is the only command of
    // the connection, so it is no other's tag.
    private readonly byte[] _tag = ImapTag.From(settings.Nonce);
    private bool _asked;
    private int _untagged;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_asked)
            return Greet(input, ref output);

        ImapResponse response = ImapResponse.Read(input);
        if (response.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (response.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (response.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        ReadOnlySpan<byte> text = input[..(response.Length - 2)];
        if (text.StartsWith("* "u8))
            return Untagged(text, response.Length);

        if (!text.StartsWith(_tag) || text.Length == _tag.Length || text[_tag.Length] != ' ')
        {
            // C1: "+" asks for more of a command that has no more; what has another tag answers nothing that was asked.
            bool continues = ImapResponse.Begins(text, "+"u8);
            return Step.Refuse(response.Length, continues ? Refusal.BackendNoStartTls : Refusal.BackendGarbage);
        }

        ReadOnlySpan<byte> condition = text[(_tag.Length + 1)..];
        if (ImapResponse.Begins(condition, "OK"u8))
            return Step.StartTls(response.Length);
        bool refuses = ImapResponse.Begins(condition, "NO"u8) || ImapResponse.Begins(condition, "BAD"u8);
        return Step.Refuse(response.Length, refuses ? Refusal.BackendNoStartTls : Refusal.BackendGarbage);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => _greeting.TryWriteRefusal(command, ref output);

    private Step Greet(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        Step step = _greeting.Advance(input, ref output);
        if (step.Verdict != Verdict.Relay)
            return step;

        _asked = true;
        output.Write(_tag);
        output.Write(" STARTTLS\r\n"u8);
        return Step.Next(step.Consumed);
    }

    /// <summary>C7, C8, C9: mailboxes, alerts and referrals in the clear are anybody's; they are read over, and go nowhere.</summary>
    private Step Untagged(ReadOnlySpan<byte> text, int length)
    {
        if (ImapResponse.Begins(text, "* BYE"u8))
            return Step.Refuse(length, Refusal.BackendNoStartTls);

        // C3: RFC 9051 §7.1.4 has it in a greeting only. CVE-2020-14093: a client that lets it pass ends up in the clear.
        if (ImapResponse.Begins(text, "* PREAUTH"u8))
            return Step.Refuse(length, Refusal.BackendPreauth);
        return ++_untagged > MaxUntagged ? Step.Refuse(length, Refusal.TooMuch) : Step.Next(length);
    }
}
