using Postern.Protocols.Lines;

namespace Postern.Protocols.Sieve;

/// <summary>
/// The client's side of STARTTLS with a server (RFC 5804 §2.2): the capabilities come unasked, STARTTLS must be among them.
/// After TLS the server says them again, and that greeting is the client's.
/// </summary>
internal sealed class SieveBack : BackNegotiator
{
    private readonly SieveGreeting _greeting = new();
    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_asked)
            return Greet(input, ref output);

        SieveResponse response = SieveResponse.Read(input);
        if (response.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (response.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (response.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        // RFC 5804 §4: OK may have a code and a text, quoted or literal; neither is looked at (C8, C9).
        ReadOnlySpan<byte> text = input[..(response.Length - 2)];
        if (SieveResponse.Begins(text, "OK"u8))
            return Step.StartTls(response.Length);

        // C1. BYE may refer to another server (RFC 5804 §1.3): nobody goes there.
        bool refuses = SieveResponse.Begins(text, "NO"u8) || SieveResponse.Begins(text, "BYE"u8);
        return Step.Refuse(response.Length, refuses ? Refusal.BackendNoStartTls : Refusal.BackendGarbage);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => _greeting.TryWriteRefusal(command, ref output);

    private Step Greet(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        Step step = _greeting.Advance(input, ref output);
        if (step.Verdict != Verdict.Relay)
            return step;
        if (!_greeting.OffersStartTls)
            return Step.Refuse(step.Consumed, Refusal.BackendNoStartTls);

        _asked = true;
        output.Write("STARTTLS\r\n"u8);
        return Step.Next(step.Consumed);
    }
}
