using System.Collections.Immutable;
using Postern.Configuration;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>
/// Finds the keys that are on tokens, and everything that is wrong with them, in two steps: <see cref="Open"/> loads
/// vendors' libraries, so it comes before the filter; <see cref="Prove"/> signs, as it will be later, behind it.
/// </summary>
public sealed class TokenKeys
{
    private readonly Dictionary<string, (LoadedModule? Module, string Problem)> _modules = new(StringComparer.Ordinal);
    private readonly List<(TokenConnection Connection, string? Problem)> _connections = [];
    private readonly List<TokenProblem> _problems = [];
    private readonly SortedDictionary<int, (TokenSigningKey Key, AgentKey Source, KeyFacts Certified)> _keys = [];

    /// <summary>Each at the place that it has in the snapshot.</summary>
    public IReadOnlyDictionary<int, TokenSigningKey> Keys => _keys.ToDictionary(key => key.Key, key => key.Value.Key);

    public ImmutableArray<TokenProblem> Problems => [.. _problems];

    public void Open(KeySnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        for (int i = 0; i < snapshot.Keys.Length; i++)
        {
            if (snapshot.Keys[i] is { Token: { } token } source)
                Add(i, source, token);
        }
    }

    /// <summary>Has each key sign, and verifies that with its certificate.</summary>
    public void Prove()
    {
        foreach ((int number, (TokenSigningKey key, AgentKey source, KeyFacts certified)) in _keys)
        {
            if (WrongSignature(key, source, certified) is { } problem)
                _problems.Add(new TokenProblem(number, problem));
        }
    }

    private void Add(int number, AgentKey source, TokenKey token)
    {
        KeyFacts certified = CertificateInspector.ReadChain(source.ChainPem, out _)!.Key;
        string problem = "";
        if (Connect(token, ref problem) is { } connection && Find(connection, token, certified, ref problem) is { } key)
            _keys.Add(number, (new TokenSigningKey(connection, token, key, certified), source, certified));
        else
            _problems.Add(new TokenProblem(number, problem));
    }

    private TokenConnection? Connect(TokenKey token, ref string problem)
    {
        if (!_modules.TryGetValue(token.Module, out (LoadedModule? Module, string Problem) loaded))
        {
            TokenModule? opened = TokenModule.Load(token.Module, out string why);
            loaded = (opened is null ? null : new LoadedModule(opened), $"the PKCS #11 module {token.Module} {why}; user {Environment.UserName} must be able to read it and its configuration");
            _modules.Add(token.Module, loaded);
        }

        if (loaded.Module is not { } module)
        {
            problem = loaded.Problem;
            return null;
        }

        CryptokiResult result = module.Module.Tokens(out ImmutableArray<TokenFacts> tokens);
        if (result != CryptokiResult.Ok)
        {
            problem = $"the PKCS #11 module {token.Module} does not list its tokens: {result.Name()}; user {Environment.UserName} must be able to reach them";
            return null;
        }

        return TokenChoice.Token(token.Uri, tokens, out problem) is { } facts ? Connect(module, token, facts, ref problem) : null;
    }

    /// <summary>Logs in once to each token, however many of its keys are used: a wrong PIN counts.</summary>
    private TokenConnection? Connect(LoadedModule module, TokenKey token, TokenFacts facts, ref string problem)
    {
        int known = _connections.FindIndex(open => open.Connection.Is(module, facts.Slot));
        if (known < 0)
        {
            var opening = new TokenConnection(module, token.Uri, facts, new LockedSecret([.. token.Pin]));
            known = _connections.Count;
            _connections.Add((opening, opening.Open()));
        }

        (TokenConnection connection, string? failed) = _connections[known];
        bool samePin = connection.HasPin(token.Pin);
        problem = samePin ? failed ?? "" : "another certificate gives another PIN for this token";
        return problem.Length == 0 ? connection : null;
    }

    private static TokenKeyFacts? Find(TokenConnection connection, TokenKey token, KeyFacts certified, ref string problem)
    {
        CryptokiResult result = connection.Keys(token.Uri, out ImmutableArray<TokenKeyFacts> fitting, out ImmutableArray<TokenKeyFacts> all);
        if (result != CryptokiResult.Ok)
        {
            problem = $"the token does not list its keys: {result.Name()}";
            return null;
        }

        if (TokenChoice.Key(token.Uri, fitting, all, out problem) is not { } key)
            return null;

        string type = key.Type switch { TokenKeyType.Rsa => "RSA", TokenKeyType.Ec => "EC", TokenKeyType.EcEdwards => "Edwards curve", _ => $"type {(ulong)key.Type}" };
        if (!Array.Exists(Schemes(certified), scheme => TokenSignature.Fits(scheme, key.Type)))
            problem = $"the key does not belong to the certificate: the token's is of another type ({type}) than the certificate's ({certified.Description})";
        else if (!key.MaySign)
            problem = "the key may not sign (CKA_SIGN is false)";
        else if (key.AsksEachTime)
            problem = "the key asks for the PIN at each signature (CKA_ALWAYS_AUTHENTICATE), which is for people: make one without that";
        return problem.Length == 0 ? key : null;
    }

    private static string? WrongSignature(TokenSigningKey key, AgentKey source, KeyFacts certified)
    {
        ReadOnlySpan<byte> sample = "Postern: does this key belong to this certificate?"u8;
        Span<byte> signature = stackalloc byte[SigningKey.MaxSignature];
        foreach (SignatureScheme scheme in Schemes(certified))
        {
            CryptokiResult result = key.Make(scheme, sample, signature, out int length);
            if (result is CryptokiResult.MechanismInvalid or CryptokiResult.MechanismParamInvalid)
                return $"the token makes no {Algorithm(scheme)} signatures ({result.Name()}), which TLS needs of a key of this type";
            if (result != CryptokiResult.Ok)
                return $"the token does not sign: {result.Name()}; its module has the system calls and files of docs/sandbox.md, as user {Environment.UserName}";
            if (!CertificateProof.Verifies(source.ChainPem, scheme, sample, signature[..length]))
                return $"the key does not belong to the certificate: it is of the same type ({certified.Description}) but another";
        }

        return null;
    }

    /// <summary>What TLS will ask of a key for such a certificate: 1.3 and 1.2 where they differ.</summary>
    private static SignatureScheme[] Schemes(KeyFacts certified) => certified switch
    {
        { Kind: KeyKind.Rsa } => [SignatureScheme.RsaPssSha256, SignatureScheme.RsaPkcs1Sha256],
        { Kind: KeyKind.Ec, Bits: <= 256 } => [SignatureScheme.EcdsaSha256],
        { Kind: KeyKind.Ec, Bits: <= 384 } => [SignatureScheme.EcdsaSha384],
        { Kind: KeyKind.Ec } => [SignatureScheme.EcdsaSha512],
        { Kind: KeyKind.Ed25519 } => [SignatureScheme.Ed25519],
        _ => [],
    };

    private static string Algorithm(SignatureScheme scheme) => scheme switch
    {
        SignatureScheme.RsaPssSha256 => "RSA-PSS",
        SignatureScheme.RsaPkcs1Sha256 => "RSA",
        SignatureScheme.Ed25519 => "EdDSA",
        _ => "ECDSA",
    };
}
