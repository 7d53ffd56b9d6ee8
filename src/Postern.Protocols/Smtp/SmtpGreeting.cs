namespace Postern.Protocols.Smtp;

/// <summary>
/// Swallows a backend's greeting. For a session without TLS it then says the client's own EHLO and swallows the reply:
/// the client has had its answer from us, and the backend must know whom it serves.
/// </summary>
internal sealed class SmtpGreeting(ReadOnlyMemory<byte> replay, bool greets) : BackNegotiator
{
    private bool _greeted = !greets;
    private bool _replayed;
    private byte[] _refusal = [];

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (_greeted && !_replayed)
        {
            _replayed = true;
            output.Write(replay.Span);
        }

        SmtpReply reply = SmtpReply.Read(input);
        switch (reply.Status)
        {
            case SmtpReplyStatus.NeedInput:
                return Step.NeedInput;
            case SmtpReplyStatus.TooLong:
                return Step.Refuse(0, Refusal.TooLong);
            case SmtpReplyStatus.Garbage:
                return Step.Refuse(0, Refusal.BackendGarbage);
        }

        if (reply.Code != (_greeted ? 250 : 220))
        {
            _refusal = input[..reply.Length].ToArray();
            return Step.Refuse(reply.Length, Refusal.BackendRefused);
        }

        if (_greeted || replay.IsEmpty)
            return Step.Relay(reply.Length);

        _greeted = _replayed = true;
        output.Write(replay.Span);
        return Step.Next(reply.Length);
    }

    /// <summary>The reply as it was, when it refuses and is fit to be read: 421 and 554 mean the same behind any command.</summary>
    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output)
    {
        bool refuses = _refusal.Length > 0 && _refusal[0] is (byte)'4' or (byte)'5';
        if (!refuses || _refusal.Length > MaxAnswer || _refusal.AsSpan().ContainsAnyExcept(Printable))
            return false;

        output.Write(_refusal);
        return !output.Overflowed;
    }
}
