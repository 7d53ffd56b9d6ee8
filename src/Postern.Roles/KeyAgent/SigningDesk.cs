using System.Collections.Immutable;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent;

/// <summary>Decides about requests and has them signed. Called by one thread for each worker; holds nothing that changes but counts.</summary>
public sealed class SigningDesk(ImmutableArray<ISigningKey> keys)
{
    private long _signed;
    private long _refused;

    public long Signed => Interlocked.Read(ref _signed);

    /// <summary>Requests that no worker of ours makes while it is itself.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Why a token did not sign, the last time; empty when none failed yet.</summary>
    public string TokenError { get; private set; } = "";

    /// <summary>Answers one message of a worker, whatever it is. The answer's length.</summary>
    public int Answer(ReadOnlySpan<byte> bytes, Span<byte> answer)
    {
        int length = 0;
        SigningOutcome outcome = SigningRequest.TryRead(bytes, out SigningRequest request)
            ? Sign(request, answer[1..], out length)
            : SigningOutcome.Malformed;
        answer[0] = (byte)outcome;
        _ = outcome == SigningOutcome.Signed ? Interlocked.Increment(ref _signed) : Interlocked.Increment(ref _refused);
        return 1 + length;
    }

    private SigningOutcome Sign(SigningRequest request, Span<byte> signature, out int length)
    {
        length = 0;
        if (request.Key >= keys.Length)
            return SigningOutcome.UnknownKey;
        if (!TlsSignedContent.Allows(TlsSignedContent.Recognise(request.Message), request.Scheme))
            return SigningOutcome.NotTls;

        length = keys[request.Key].Sign(request.Scheme, request.Message, signature);
        if (length >= 0)
            return length > 0 ? SigningOutcome.Signed : SigningOutcome.Failed;

        TokenError = ((CryptokiResult)(-length)).Name();
        length = 0;
        return SigningOutcome.TokenFailed;
    }
}
