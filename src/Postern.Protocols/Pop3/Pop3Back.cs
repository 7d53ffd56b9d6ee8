using System.Text;
using Postern.Protocols.Lines;

namespace Postern.Protocols.Pop3;

/// <summary>The client's side of STLS with a server (RFC 2595 §4): banner, CAPA, STLS.</summary>
internal sealed class Pop3Back : BackNegotiator
{
    /// <summary>RFC 2449 §4 has 512 octets for the lines of CAPA.</summary>
    private const int MaxLine = 512;

    /// <summary>Lines of the answer to CAPA (C14): more than there are capabilities.</summary>
    private const int MaxCapabilities = 64;

    private readonly Pop3Greeting _greeting = new();
    private Stage _stage;
    private int _capabilities;
    private bool _offered;

    private enum Stage
    {
        Banner,
        Asked,
        Capabilities,
        Starting,
    }

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (_stage == Stage.Banner)
            return Greet(input, ref output);

        LineResult line = LineReader.Read(input, MaxLine);
        if (line.Status == LineStatus.NeedInput)
            return Step.NeedInput;
        if (line.Status == LineStatus.TooLong)
            return Step.Refuse(0, Refusal.TooLong);
        if (line.Status != LineStatus.Line)
            return Step.Refuse(0, Refusal.BackendGarbage);

        ReadOnlySpan<byte> text = input[..(line.Length - 2)];
        if (_stage == Stage.Capabilities)
            return Capability(text, line.Length, ref output);

        // C1, and C2 for CAPA: an STLS that nobody offered is not tried.
        if (Pop3Greeting.Begins(text, "-ERR"u8))
            return Step.Refuse(line.Length, Refusal.BackendNoStartTls);
        if (!Pop3Greeting.Begins(text, "+OK"u8))
            return Step.Refuse(line.Length, Refusal.BackendGarbage);
        if (_stage == Stage.Starting)
            return Step.StartTls(line.Length);

        _stage = Stage.Capabilities;
        return Step.Next(line.Length);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => _greeting.TryWriteRefusal(command, ref output);

    private Step Greet(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        Step step = _greeting.Advance(input, ref output);
        if (step.Verdict != Verdict.Relay)
            return step;

        _stage = Stage.Asked;
        output.Write("CAPA\r\n"u8);
        return Step.Next(step.Consumed);
    }

    private Step Capability(ReadOnlySpan<byte> text, int length, ref ByteWriter output)
    {
        // RFC 1939 §3: a line of "." ends the list; in a line that has more, the first "." is stuffing and no capability's.
        if (!text.SequenceEqual("."u8))
        {
            _offered |= Ascii.EqualsIgnoreCase(text, "STLS"u8);
            return ++_capabilities > MaxCapabilities ? Step.Refuse(length, Refusal.TooMuch) : Step.Next(length);
        }

        if (!_offered)
            return Step.Refuse(length, Refusal.BackendNoStartTls);

        _stage = Stage.Starting;
        output.Write("STLS\r\n"u8);
        return Step.Next(length);
    }
}
