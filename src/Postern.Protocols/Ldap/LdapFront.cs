using Postern.Protocols.Lines;

namespace Postern.Protocols.Ldap;

/// <summary>
/// The server's side before TLS (RFC 4511 §4.14, RFC 4513 §3): StartTLS, and a search of the root DSE that tells of it; all else is
/// confidentialityRequired. The password of a simple bind is neither kept nor logged (S5).
/// </summary>
internal sealed class LdapFront : FrontNegotiator
{
    private const int MaxErrors = 10;

    private int _errors;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (input.IsEmpty)
            return Step.NeedInput;
        switch (HttpRequest.Check(input))
        {
            case HttpMatch.Yes:
                return Step.Refuse(0, Refusal.HttpRequest);

            // No message of this protocol begins with a letter either: it waits to be called by its name.
            case HttpMatch.NotYetKnown:
                return Step.NeedInput;
        }

        LdapMessage message = LdapMessage.Read(input);
        switch (message.Status)
        {
            case LdapStatus.NeedInput:
                return Step.NeedInput;

            case LdapStatus.TooLong:
                LdapWords.WriteNotice(LdapOperation.ProtocolError, "message too long before StartTLS"u8, ref output);
                return Step.Refuse(0, Refusal.TooLong);

            // RFC 4511 §4.1.1: what cannot be read ends the session, with a notice where it is possible.
            case LdapStatus.Garbage:
                LdapWords.WriteNotice(LdapOperation.ProtocolError, "not an LDAP message"u8, ref output);
                return Step.Refuse(0, Refusal.ClientGarbage);

            default:
                return Answer(message, ref output);
        }
    }

    private Step Answer(in LdapMessage message, ref ByteWriter output)
    {
        switch (message.Operation)
        {
            case LdapOperation.ExtendedRequest when IsStartTls(message.Content, out bool hasValue):
                if (!hasValue)
                {
                    // §4.14.2: responseName may be left out; clients of all ages read it so.
                    LdapWords.WriteResult(message.Id, LdapOperation.ExtendedResponse, LdapOperation.Success, [], ref output);
                    return Step.StartTls(message.Length);
                }

                return Refuse(message, LdapOperation.ProtocolError, "StartTLS has no value"u8, ref output);

            case LdapOperation.SearchRequest when IsRootDse(message.Content):
                LdapWords.WriteRootDse(message.Id, ref output);
                return Step.Next(message.Length);

            case LdapOperation.UnbindRequest:
                return Step.Finished(message.Length);

            // §4.11: no answer; and nothing is under way that could be abandoned.
            case LdapOperation.AbandonRequest:
                return Step.Next(message.Length);

            case byte known when LdapOperation.AnswerTo(known) != 0:
                return Refuse(message, LdapOperation.ConfidentialityRequired, "TLS is required: StartTLS first"u8, ref output);

            default:
                LdapWords.WriteNotice(LdapOperation.ProtocolError, "no request"u8, ref output);
                return Step.Refuse(message.Length, Refusal.ClientGarbage);
        }
    }

    private Step Refuse(in LdapMessage message, int code, ReadOnlySpan<byte> why, ref ByteWriter output)
    {
        LdapWords.WriteResult(message.Id, LdapOperation.AnswerTo(message.Operation), code, why, ref output);
        return ++_errors >= MaxErrors ? Step.Refuse(message.Length, Refusal.TooManyErrors) : Step.Next(message.Length);
    }

    private static bool IsStartTls(ReadOnlySpan<byte> content, out bool hasValue)
    {
        var request = new Ber(content);
        bool named = request.TryTake(LdapOperation.RequestName, out ReadOnlySpan<byte> name) && name.SequenceEqual(LdapOperation.StartTls);

        // RFC 4511 §4.14.1: "The requestValue field is absent". Anything behind the name is one.
        hasValue = !request.IsEmpty;
        return named;
    }

    /// <summary>RFC 4512 §5.1: the empty name, itself only.</summary>
    private static bool IsRootDse(ReadOnlySpan<byte> content)
    {
        const int BaseObject = 0;
        var request = new Ber(content);
        return request.TryTake(Ber.OctetString, out ReadOnlySpan<byte> name) && name.IsEmpty
            && request.TryTakeNumber(Ber.Enumerated, out int scope) && scope == BaseObject;
    }
}
