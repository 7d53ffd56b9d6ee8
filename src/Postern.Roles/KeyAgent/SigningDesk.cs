using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibSsl.Keys;

namespace Postern.Roles.KeyAgent;

/// <summary>A private key, and what it may sign as.</summary>
public sealed record HeldKey(SigningKey Key, KeyUse Use);

/// <summary>Decides what is signed. Called by several threads; holds nothing that changes.</summary>
public sealed class SigningDesk(ImmutableArray<HeldKey> keys)
{
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
        return length > 0 ? AgentOutcome.Done : AgentOutcome.Failed;
    }
}
