namespace Postern.Protocols.Ldap;

/// <summary>
/// The client's side (RFC 4511 §4.14): StartTLS, under a number that the server cannot guess (C6), and the one answer to it.
/// Referrals are followed by nobody (C9), texts read by nobody (C8).
/// </summary>
internal sealed class LdapBack(ulong nonce) : BackNegotiator
{
    /// <summary>§4.1.1.1: not zero, which is for notices; and 31 bits.</summary>
    private readonly int _id = (int)(nonce & 0x7fff_ffff) | 1;

    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_asked)
        {
            _asked = true;
            LdapWords.WriteStartTls(_id, ref output);
        }

        LdapMessage message = LdapMessage.Read(input);
        switch (message.Status)
        {
            case LdapStatus.NeedInput:
                return Step.NeedInput;
            case LdapStatus.TooLong:
                return Step.Refuse(0, Refusal.TooLong);
            case LdapStatus.Garbage:
                return Step.Refuse(0, Refusal.BackendGarbage);
        }

        if (message.Operation != LdapOperation.ExtendedResponse || (message.Id != _id && message.Id != 0))
            return Step.Refuse(message.Length, Refusal.BackendGarbage);

        // A notice of disconnection, or another result than success: no TLS, and no other word.
        return message.Id == _id && IsSuccess(message.Content)
            ? Step.StartTls(message.Length)
            : Step.Refuse(message.Length, Refusal.BackendNoStartTls);
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => false;

    private static bool IsSuccess(ReadOnlySpan<byte> content)
    {
        var result = new Ber(content);
        if (!result.TryTakeNumber(Ber.Enumerated, out int code) || code != LdapOperation.Success
            || !result.TryTake(Ber.OctetString, out _) || !result.TryTake(Ber.OctetString, out _))
        {
            return false;
        }

        // §4.14.2: the name may be left out; another one answers another question.
        return result.IsEmpty
            || (result.TryTake(LdapOperation.ResponseName, out ReadOnlySpan<byte> name) && name.SequenceEqual(LdapOperation.StartTls) && result.IsEmpty);
    }
}
