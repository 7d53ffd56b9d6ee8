using System.Collections.Immutable;
using Postern.Configuration.Settings;
using Postern.Interop.LibSsl.Keys;
using Postern.Interop.Pkcs11;

namespace Postern.Roles.KeyAgent.Tokens;

/// <summary>
/// One token that we are logged in to, and its sessions. A session is one thread's at a time (PKCS #11 2.40 §5.6), so
/// each signature borrows one: there come to be as many as there are signatures at one time, and no thread waits for
/// another as long as the token has sessions left. A token that was away is logged in to again.
/// </summary>
public sealed class TokenConnection
{
    /// <summary>A token that does not come back is asked for so often, and not by each handshake.</summary>
    private const long ReopenMilliseconds = 1_000;

    /// <summary>How long a signature waits for a session of a token that has no more of them.</summary>
    private const int SessionMilliseconds = 2_000;

    private readonly object _gate;
    private readonly Stack<ulong> _idle = [];
    private readonly LoadedModule _loaded;
    private readonly TokenModule _module;
    private readonly TokenUri _uri;
    private readonly LockedSecret _pin;

    /// <summary>Never lent: with the last session of a process its login ends.</summary>
    private ulong _anchor;
    private int _start;
    private long _tried = -ReopenMilliseconds;

    /// <param name="pin">Of length 0 when there is none.</param>
    public TokenConnection(LoadedModule module, TokenUri uri, TokenFacts token, LockedSecret pin)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(token);
        _loaded = module;
        _module = module.Module;
        _gate = module.Gate;
        _uri = uri;
        Slot = token.Slot;
        _pin = pin;
    }

    public ulong Slot { get; private set; }

    /// <summary>Counts the logins; a key's handle is good for one of them.</summary>
    public int Login { get; private set; }

    /// <summary>Whether it is this token, by this PIN.</summary>
    public bool Is(LoadedModule module, ulong slot) => ReferenceEquals(_loaded, module) && Slot == slot;

    public bool HasPin(ReadOnlySpan<byte> pin) => _pin.Bytes.SequenceEqual(pin);

    /// <summary>Opens a session and logs in, with one try. Null when it went well.</summary>
    public string? Open()
    {
        CryptokiResult result = _module.Describe(Slot, out TokenFacts? token);
        if (result == CryptokiResult.Ok && WrongWithLogin(token!.Flags) is { } wrong)
            return wrong;
        if (result == CryptokiResult.Ok)
            result = _module.OpenSession(Slot, out _anchor);
        if (result != CryptokiResult.Ok)
            return $"the token cannot be opened: {result.Name()}";

        result = token!.Flags.HasFlag(TokenFlags.LoginRequired) ? _module.Login(_anchor, _pin.Bytes) : CryptokiResult.Ok;
        Login++;
        _start = _loaded.Starts;
        return result switch
        {
            CryptokiResult.Ok or CryptokiResult.UserAlreadyLoggedIn => null,
            CryptokiResult.PinIncorrect => "the PIN is wrong (CKR_PIN_INCORRECT); it was tried once",
            CryptokiResult.PinLocked => "the token's PIN is locked (CKR_PIN_LOCKED)",
            _ => $"the token does not take the PIN: {result.Name()}",
        };
    }

    /// <summary>The private keys that the URI means, and all that there are. At the start, when there is one thread.</summary>
    public CryptokiResult Keys(TokenUri uri, out ImmutableArray<TokenKeyFacts> fitting, out ImmutableArray<TokenKeyFacts> all)
    {
        ArgumentNullException.ThrowIfNull(uri);
        all = [];
        CryptokiResult result = Find(_anchor, uri, out fitting);
        return result == CryptokiResult.Ok ? _module.PrivateKeys(_anchor, null, null, out all) : result;
    }

    /// <summary>A signature; once more when the token was away and is there again.</summary>
    public CryptokiResult Sign(
        TokenSigningKey key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature, out int length)
    {
        ArgumentNullException.ThrowIfNull(key);
        int login = Login;
        CryptokiResult result = SignOnce(key, scheme, message, signature, out length);
        return result.IsLoss() && Reopen(login) ? SignOnce(key, scheme, message, signature, out length) : result;
    }

    /// <summary>The keys that the URI means, by a session that is lent.</summary>
    internal CryptokiResult Find(ulong session, TokenUri uri, out ImmutableArray<TokenKeyFacts> fitting) =>
        _module.PrivateKeys(session, uri.Object, uri.Id is null ? null : Convert.FromHexString(uri.Id), out fitting);

    private CryptokiResult SignOnce(
        TokenSigningKey key, SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature, out int length)
    {
        length = 0;
        CryptokiResult result = Borrow(out ulong session, out int login);
        if (result != CryptokiResult.Ok)
            return result;

        result = key.Handle(session, login, out ulong handle);
        if (result == CryptokiResult.Ok)
            result = TokenSignature.Make(_module, session, handle, scheme, key.OrderBytes, message, signature, out length);
        Return(session, result == CryptokiResult.Ok);
        return result;
    }

    private CryptokiResult Borrow(out ulong session, out int login)
    {
        lock (_gate)
        {
            long end = Environment.TickCount64 + SessionMilliseconds;
            while (true)
            {
                login = Login;
                session = 0;
                if (_start != _loaded.Starts)
                    return CryptokiResult.SessionHandleInvalid;

                CryptokiResult result = _idle.TryPop(out session) ? CryptokiResult.Ok : _module.OpenSession(Slot, out session);
                if (result == CryptokiResult.Ok)
                    _loaded.Lent++;

                int left = (int)(end - Environment.TickCount64);
                if (result != CryptokiResult.SessionCount || left <= 0)
                    return result;
                _ = Monitor.Wait(_gate, left);
            }
        }
    }

    /// <summary>One that failed may still be in the middle of something: it is closed.</summary>
    private void Return(ulong session, bool good)
    {
        lock (_gate)
        {
            _loaded.Lent--;
            if (good)
                _idle.Push(session);
            else
                _module.CloseSession(session);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Logs in anew, unless another thread has since. False when the token is still away. Not before every session has
    /// come back: a module may give its number to a new one, and then two threads would have the same.
    /// </summary>
    private bool Reopen(int login)
    {
        lock (_gate)
        {
            long end = Environment.TickCount64 + SessionMilliseconds;
            int left;
            while (_loaded.Lent > 0 && login == Login && (left = (int)(end - Environment.TickCount64)) > 0)
                _ = Monitor.Wait(_gate, left);
            if (login != Login)
                return true;
            if (_loaded.Lent > 0 || Environment.TickCount64 - _tried < ReopenMilliseconds)
                return false;

            _tried = Environment.TickCount64;
            if (_start == _loaded.Starts)
                _module.CloseAllSessions(Slot);
            if (OpenAgain())
                return true;

            // Some modules see a token that comes back only when they start: SoftHSM reads its directory then.
            _loaded.Restart();
            return OpenAgain();
        }
    }

    /// <summary>Whether the token is there, takes the PIN, and has keys to show.</summary>
    private bool OpenAgain()
    {
        _idle.Clear();
        if (_module.Tokens(out ImmutableArray<TokenFacts> tokens) != CryptokiResult.Ok || TokenChoice.Token(_uri, tokens, out _) is not { } token)
            return false;

        Slot = token.Slot;
        return Open() is null && Keys(_uri, out ImmutableArray<TokenKeyFacts> fitting, out _) == CryptokiResult.Ok && !fitting.IsEmpty;
    }

    /// <summary>A program must not lock a token: it does not use up the last try, and restarts do not either.</summary>
    private string? WrongWithLogin(TokenFlags flags)
    {
        if (!flags.HasFlag(TokenFlags.LoginRequired))
            return null;
        if (!flags.HasFlag(TokenFlags.UserPinInitialized))
            return "the token has no user PIN yet";
        if (flags.HasFlag(TokenFlags.UserPinLocked))
            return "the token's PIN is locked";
        if (_pin.Bytes.IsEmpty)
        {
            return flags.HasFlag(TokenFlags.ProtectedAuthenticationPath)
                ? "the token takes its PIN at the reader only, where nobody stands when a server starts"
                : "the token asks for a PIN: add ?pin-source=file:/path or ?pin-source=credential:NAME";
        }

        return flags.HasFlag(TokenFlags.UserPinFinalTry)
            ? "one more wrong PIN would lock the token: ours is not tried until somebody has logged in with the right one"
            : null;
    }
}
