using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>A private key that stays on its token.</summary>
public sealed class TokenSigningKey : ISigningKey
{
    private readonly TokenConnection _connection;
    private readonly TokenKey _source;
    private readonly TokenKeyType _type;

    /// <summary>The handle and the login that it belongs to: read and written as one.</summary>
    private Known _known;

    public TokenSigningKey(TokenConnection connection, TokenKey source, TokenKeyFacts key, KeyFacts certified)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(certified);
        _connection = connection;
        _source = source;
        _type = key.Type;
        _known = new Known(connection.Login, key.Handle);
        OrderBytes = (certified.Bits + 7) / 8;
    }

    /// <summary>Of an EC key: the length of its numbers.</summary>
    public int OrderBytes { get; }

    public int Sign(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature)
    {
        if (!TokenSignature.Fits(scheme, _type))
            return 0;

        CryptokiResult result = Make(scheme, message, signature, out int length);
        return result == CryptokiResult.Ok ? length : -(int)Math.Min((ulong)result, int.MaxValue);
    }

    internal CryptokiResult Make(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature, out int length) =>
        _connection.Sign(this, scheme, message, signature, out length);

    /// <summary>What the module calls the key since this login.</summary>
    internal CryptokiResult Handle(ulong session, int login, out ulong handle)
    {
        Known known = _known;
        handle = known.Handle;
        if (known.Login == login)
            return CryptokiResult.Ok;

        CryptokiResult result = _connection.Find(session, _source.Uri, out ImmutableArray<TokenKeyFacts> fitting);
        if (result != CryptokiResult.Ok)
            return result;
        if (fitting.Length != 1)
            return CryptokiResult.KeyHandleInvalid;

        handle = fitting[0].Handle;
        _known = new Known(login, handle);
        return CryptokiResult.Ok;
    }

    private sealed record Known(int Login, ulong Handle);
}
