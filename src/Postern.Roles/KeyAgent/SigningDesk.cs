using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent;

/// <summary>A private key, and what it may sign as.</summary>
public sealed record HeldKey(ISigningKey Key, KeyUse Use);

/// <summary>Decides what is signed. Called by several threads; holds nothing that changes but a word.</summary>
public sealed class SigningDesk(ImmutableArray<HeldKey> keys)
{
    /// <summary>Why a token did not sign, the last time; empty when none failed yet.</summary>
    public string TokenError { get; private set; } = "";

    /// <param name="body">Of the request, behind its header.</param>
    /// <param name="signature">Where it goes.</param>
    /// <param name="length">The signature's; 0 unless it is done.</param>
    public AgentOutcome Sign(ReadOnlySpan<byte> body, Span<byte> signature, out int length)
    {
        length = 0;
        if (!SigningRequest.TryRead(body, out SigningRequest request))
            return AgentOutcome.Malformed;
        if (request.Key >= keys.Length)
            return AgentOutcome.UnknownKey;

        SignedContent content = TlsSignedContent.Recognise(request.Message);
        if (!TlsSignedContent.Allows(content, request.Scheme))
            return AgentOutcome.NotTls;

        HeldKey key = keys[request.Key];
        if (TlsSignedContent.SignerOf(content) != key.Use)
            return AgentOutcome.WrongUse;

        length = key.Key.Sign(request.Scheme, request.Message, signature);
        if (length >= 0)
            return length > 0 ? AgentOutcome.Done : AgentOutcome.Failed;

        TokenError = ((CryptokiResult)(-length)).Name();
        length = 0;
        return AgentOutcome.TokenFailed;
    }
}
