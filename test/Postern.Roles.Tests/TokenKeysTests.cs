using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Postern.Configuration;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Certificates;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;
using Postern.Roles.KeyAgent;
using Postern.Roles.KeyAgent.Tokens;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>
/// Keys of a real module (SoftHSM), and of one that is made to misbehave. Taken out: the look at FinalTry in
/// TokenConnection (the last try is then used up), the count of one login for each token, the proof by the certificate
/// in TokenKeys (a foreign key is then taken), the wait for a session, the login after a loss.
/// </summary>
public sealed class TokenKeysTests(TokenKeysTests.Tokens tokens) : IClassFixture<TokenKeysTests.Tokens>
{
    private const int FinalTry = 1 << 17, PinLocked = 1 << 18, DeviceRemoved = 0x32, SessionInvalid = 0xb3, MechanismInvalid = 0x70;

    public static TheoryData<string, SignatureScheme> Schemes() => new()
    {
        { "ec", SignatureScheme.EcdsaSha256 },
        { "ec", SignatureScheme.EcdsaSha384 },
        { "ec", SignatureScheme.EcdsaSha512 },
        { "ec384", SignatureScheme.EcdsaSha384 },
        { "ec521", SignatureScheme.EcdsaSha512 },
        { "rsa", SignatureScheme.RsaPssSha256 },
        { "rsa", SignatureScheme.RsaPssSha384 },
        { "rsa", SignatureScheme.RsaPssSha512 },
        { "rsa", SignatureScheme.RsaPkcs1Sha256 },
        { "rsa", SignatureScheme.RsaPkcs1Sha384 },
        { "rsa", SignatureScheme.RsaPkcs1Sha512 },
        { "ed", SignatureScheme.Ed25519 },
    };

    [Theory]
    [MemberData(nameof(Schemes))]
    public void A_signature_of_the_token_is_one_of_the_certificates_key(string name, SignatureScheme scheme)
    {
        TokenSigningKey key = Open(Source(name)).Keys[0];
        byte[] chain = File.ReadAllBytes(tokens.Soft.At(name + ".pem"));
        for (int i = 0; i < 40; i++)
        {
            byte[] message = RandomNumberGenerator.GetBytes(130), signature = new byte[SigningKey.MaxSignature];
            int length = key.Sign(scheme, message, signature);
            Assert.True(length > 0, $"{length}");
            Assert.True(CertificateProof.Verifies(chain, scheme, message, signature.AsSpan(0, length)));
            message[7]++;
            Assert.False(CertificateProof.Verifies(chain, scheme, message, signature.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_scheme_of_another_type_is_refused_and_so_is_everything_that_is_not_tls()
    {
        TokenKeys keys = Open(Source("ec"), Source("rsa"));
        var desk = new SigningDesk([new HeldKey(keys.Keys[0], KeyUse.Server), new HeldKey(keys.Keys[1], KeyUse.Client)]);
        byte[] verify = [.. Enumerable.Repeat((byte)' ', 64), .. "TLS 1.3, server CertificateVerify\0"u8, .. new byte[32]];
        Assert.Equal(AgentOutcome.Done, Ask(desk, 0, SignatureScheme.EcdsaSha256, verify));
        Assert.Equal(AgentOutcome.WrongUse, Ask(desk, 1, SignatureScheme.RsaPssSha256, verify));
        Assert.Equal(AgentOutcome.Failed, Ask(desk, 0, SignatureScheme.RsaPssSha256, verify));
        Assert.Equal(AgentOutcome.NotTls, Ask(desk, 0, SignatureScheme.EcdsaSha256, new byte[64]));
        Assert.Equal("", desk.TokenError);
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        Says("there is no token that is token=Nothing; there is: token=" + SoftToken.EncodedLabel + ";serial=" + tokens.Serial, Source("ec", new TokenUri { Token = "Nothing" }));
        Says("the token has no private key that is object=nothing; it has: ", Source("ec", Uri("nothing")));
        Says("private keys of the token are any key: add id= or object=; it has: ", Source("ec", new TokenUri { Token = SoftToken.Label }));
        Says("the key does not belong to the certificate: it is of the same type (EC, P-256) but another", Source("ec", Uri("other")));
        Says("the key does not belong to the certificate: the token's is of another type (RSA) than the certificate's (EC, P-256)", Source("ec", Uri("rsa")));
        Says("the key does not belong to the certificate: the token's is of another type (EC) than the certificate's (RSA, 2048 bits)", Source("rsa", Uri("ec")));
        Says("the PKCS #11 module /nowhere/module.so cannot be loaded: ", Source("ec", module: "/nowhere/module.so"));
        Says("is no PKCS #11 module: it has no C_GetFunctionList", Source("ec", module: "libz.so.1"));
    }

    [Fact]
    public void A_pin_is_tried_once_however_many_keys_want_it()
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        tokens.LogOut();
        TokenKeys keys = Opened(Snapshot(Source("ec", module: module.Path, pin: "wrong"), Source("rsa", module: module.Path, pin: "wrong")));
        Assert.Equal(
            [new TokenProblem(0, "the PIN is wrong (CKR_PIN_INCORRECT); it was tried once"), new TokenProblem(1, "the PIN is wrong (CKR_PIN_INCORRECT); it was tried once")],
            keys.Problems);
        Assert.Equal(1, module.Logins);
    }

    [Theory]
    [InlineData(FinalTry, "one more wrong PIN would lock the token: ours is not tried until somebody has logged in with the right one")]
    [InlineData(PinLocked, "the token's PIN is locked")]
    public void The_last_try_is_not_used_up(int flag, string said)
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        module.Set("flags", flag);
        Assert.Equal([new TokenProblem(0, said)], Opened(Snapshot(Source("ec", module: module.Path))).Problems);
        Assert.Equal(0, module.Logins);
    }

    [Fact]
    public void Pins()
    {
        Assert.Equal("the token asks for a PIN: add ?pin-source=file:/path or ?pin-source=credential:NAME", Assert.Single(Opened(Snapshot(Source("ec", pin: ""))).Problems).Message);
        Assert.Equal("another certificate gives another PIN for this token", Assert.Single(Opened(Snapshot(Source("ec"), Source("rsa", pin: "13579"))).Problems).Message);
    }

    [Theory]
    [InlineData(DeviceRemoved)]
    [InlineData(SessionInvalid)]
    public void A_token_that_was_away_is_logged_in_to_again(int error)
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        TokenSigningKey key = Open(Source("ec", module: module.Path)).Keys[0];
        module.Set("sign_error_once", error);
        Assert.True(Sign(key) > 0);
        Assert.Equal(2, module.Logins);

        // It does not come back: said so, and asked again once a second, not by each handshake.
        module.Set("sign_error", error);
        for (int i = 0; i < 20; i++)
            Assert.Equal(-error, Sign(key));
        var desk = new SigningDesk([new HeldKey(key, KeyUse.Server)]);
        Assert.Equal(AgentOutcome.TokenFailed, Ask(desk, 0, SignatureScheme.EcdsaSha256, [.. Enumerable.Repeat((byte)' ', 64), .. "TLS 1.3, server CertificateVerify\0"u8, .. new byte[32]]));
        Assert.Equal(((CryptokiResult)error).Name(), desk.TokenError);
        Assert.True(module.Logins <= 3, $"{module.Logins}");
    }

    [Fact]
    public void Many_threads_share_a_token_with_few_sessions()
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        module.Set("most_sessions", 3);
        TokenSigningKey key = Open(Source("ec", module: module.Path)).Keys[0];
        byte[] chain = File.ReadAllBytes(tokens.Soft.At("ec.pem"));
        int good = 0;
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 50; i++)
            {
                byte[] message = RandomNumberGenerator.GetBytes(130), signature = new byte[SigningKey.MaxSignature];
                int length = key.Sign(SignatureScheme.EcdsaSha256, message, signature);
                if (length > 0 && CertificateProof.Verifies(chain, SignatureScheme.EcdsaSha256, message, signature.AsSpan(0, length)))
                    _ = Interlocked.Increment(ref good);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(400, good);
        Assert.Equal(3, module.Sessions);
    }

    /// <summary>Each thread loses its token in the middle: none ends with a signature that is not one.</summary>
    [Fact]
    public void A_loss_under_load_makes_no_wrong_signature()
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        TokenSigningKey key = Open(Source("ec", module: module.Path)).Keys[0];
        byte[] chain = File.ReadAllBytes(tokens.Soft.At("ec.pem"));
        int good = 0, failed = 0, wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(number => new Thread(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                if (number == 0 && i % 50 == 25)
                    module.Set("sign_error_once", DeviceRemoved);
                byte[] message = RandomNumberGenerator.GetBytes(130), signature = new byte[SigningKey.MaxSignature];
                int length = key.Sign(SignatureScheme.EcdsaSha256, message, signature);
                _ = length <= 0 ? Interlocked.Increment(ref failed)
                    : CertificateProof.Verifies(chain, SignatureScheme.EcdsaSha256, message, signature.AsSpan(0, length)) ? Interlocked.Increment(ref good)
                    : Interlocked.Increment(ref wrong);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal((0, 400), (wrong, good + failed));
        Assert.True(Sign(key) > 0 || Sign(key) == -DeviceRemoved);
    }

    [Fact]
    public void What_a_broken_module_says_of_lengths_is_not_believed()
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        TokenKeys keys = Open(Source("ec", module: module.Path), Source("rsa", module: module.Path));
        foreach (nint length in (nint[])[100_000, 1, 63])
        {
            module.Set("sign_length", length);
            Assert.True(Sign(keys.Keys[0]) < 0, $"{length}");
        }

        module.Set("sign_length", 100_000);
        byte[] signature = new byte[SigningKey.MaxSignature];
        Assert.True(keys.Keys[1].Sign(SignatureScheme.RsaPssSha256, "m"u8, signature) < 0);
    }

    [Fact]
    public void A_token_that_lacks_a_mechanism_is_refused_at_the_start()
    {
        var module = new FaultyModule(tokens.Soft.Directory);
        module.Set("sign_error", MechanismInvalid);
        TokenKeys keys = Opened(Snapshot(Source("rsa", module: module.Path)));
        keys.Prove();
        Assert.Equal("the token makes no RSA-PSS signatures (CKR_MECHANISM_INVALID), which TLS needs of a key of this type", Assert.Single(keys.Problems).Message);
    }

    private static int Sign(TokenSigningKey key) => key.Sign(SignatureScheme.EcdsaSha256, "message"u8, new byte[SigningKey.MaxSignature]);

    private static AgentOutcome Ask(SigningDesk desk, int key, SignatureScheme scheme, byte[] message)
    {
        byte[] request = new byte[SigningRequest.MaxSize];
        return desk.Sign(request.AsSpan(0, SigningRequest.Write(key, scheme, message, request)), new byte[SigningRequest.MaxAnswer], out _);
    }

    private static KeySnapshot Snapshot(params AgentKey[] sources) =>
        new() { Keys = [.. sources], TicketSecret = [], TicketLifetime = 3600, SessionPolicies = [] };

    private static TokenKeys Opened(KeySnapshot snapshot)
    {
        var keys = new TokenKeys();
        keys.Open(snapshot);
        return keys;
    }

    private static TokenKeys Open(params AgentKey[] sources)
    {
        TokenKeys keys = Opened(Snapshot(sources));
        keys.Prove();
        Assert.Empty(keys.Problems);
        return keys;
    }

    private static void Says(string words, AgentKey source)
    {
        TokenKeys keys = Opened(Snapshot(source));
        keys.Prove();
        Assert.Contains(words, Assert.Single(keys.Problems).Message, StringComparison.Ordinal);
    }

    private static TokenUri Uri(string name) => new() { Token = SoftToken.Label, Object = name };

    private AgentKey Source(string certificate, TokenUri? uri = null, string module = SoftToken.Module, string pin = SoftToken.Pin) => new()
    {
        Pem = [],
        Use = KeyUse.Server,
        Kind = KeyKind.Other,
        Bits = 0,
        ChainPem = File.ReadAllBytes(tokens.Soft.At(certificate + ".pem")),
        Token = new TokenKey { Uri = uri ?? Uri(certificate), Module = module, Pin = Encoding.ASCII.GetBytes(pin), Place = "t.toml:3:1" },
    };

    /// <summary>One token for all tests; the module reads its place from the environment of C, which .NET's is a copy of.</summary>
    public sealed class Tokens : IDisposable
    {
        public Tokens()
        {
            Soft = new SoftToken();
            _ = SetEnvironment("SOFTHSM2_CONF", Soft.Configuration, 1);
            Soft.Make("ec", "EC:prime256v1", "01");
            Soft.Make("rsa", "rsa:2048", "02");
            Soft.Make("ed", "EC:edwards25519", "03");
            Soft.Make("ec384", "EC:secp384r1", "04");
            Soft.Make("ec521", "EC:secp521r1", "05");
            Soft.Make("other", "EC:prime256v1", "06");
            Assert.Equal(CryptokiResult.Ok, TokenModule.Load(SoftToken.Module, out _)!.Tokens(out var tokens));
            Serial = Assert.Single(tokens).Serial;
        }

        internal SoftToken Soft { get; }

        public string Serial { get; }

        public void Dispose() => Soft.Dispose();

        /// <summary>SoftHSM knows one login for the whole process: with its sessions closed it is over.</summary>
        public void LogOut()
        {
            TokenModule module = TokenModule.Load(SoftToken.Module, out _)!;
            _ = module.Tokens(out var all);
            module.CloseAllSessions(all[0].Slot);
        }

        [DllImport("libc", EntryPoint = "setenv")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int SetEnvironment([MarshalAs(UnmanagedType.LPStr)] string name, [MarshalAs(UnmanagedType.LPStr)] string value, int overwrite);
    }
}
