using System.Collections.Immutable;
using System.Text;

namespace Postern.Interop.Pkcs11;

/// <summary>
/// A PKCS #11 module: the vendor's shared library, loaded for good. Any thread may call (CKF_OS_LOCKING_OK), but a
/// session is one thread's at a time. Every call's CK_RV is a value.
/// </summary>
public sealed unsafe class TokenModule
{
    private const ulong OsLockingOk = 2;
    private const ulong SerialSession = 4;
    private const ulong User = 1;

    /// <summary>More slots or keys than any operator has; a module that says more is cut short.</summary>
    private const int MaxSlots = 256;
    private const int MaxKeys = 256;
    private const int MaxText = 1024;

    private readonly FunctionList* _functions;

    private TokenModule(FunctionList* functions)
    {
        _functions = functions;
    }

    /// <summary>Loads and initialises. Null, and why.</summary>
    public static TokenModule? Load(string path, out string problem)
    {
        nint library;
        fixed (byte* p = Encoding.UTF8.GetBytes(path + "\0"))
            library = NativeLoader.dlopen(p, NativeLoader.ResolveNow);
        if (library == 0)
        {
            byte* error = NativeLoader.dlerror();
            problem = "cannot be loaded: " + (error == null ? "no reason given" : new string((sbyte*)error));
            return null;
        }

        nint getList;
        fixed (byte* name = "C_GetFunctionList\0"u8)
            getList = NativeLoader.dlsym(library, name);
        if (getList == 0)
        {
            problem = "is no PKCS #11 module: it has no C_GetFunctionList";
            return null;
        }

        FunctionList* functions = null;
        CryptokiResult result = ((delegate* unmanaged<FunctionList**, CryptokiResult>)getList)(&functions);
        if (result != CryptokiResult.Ok || functions == null)
        {
            problem = $"gives no functions: C_GetFunctionList: {result.Name()}";
            return null;
        }

        if (functions->Major != 2 || !functions->IsWhole)
        {
            problem = $"is of version {functions->Major}.{functions->Minor} or lacks functions; a whole one of version 2 is needed";
            return null;
        }

        result = Initialize(functions);
        problem = result is CryptokiResult.Ok or CryptokiResult.CryptokiAlreadyInitialized ? "" : $"cannot be used: C_Initialize: {result.Name()}";
        return problem.Length > 0 ? null : new TokenModule(functions);
    }

    /// <summary>
    /// Ends the module's work and begins it anew: some do not see a token that comes back. Every session and login is gone
    /// then, and no other thread may be in the module meanwhile.
    /// </summary>
    public CryptokiResult Restart()
    {
        CryptokiResult result = _functions->Finalize(null);
        return result is CryptokiResult.Ok or CryptokiResult.CryptokiNotInitialized ? Initialize(_functions) : result;
    }

    /// <summary>The tokens that are there now.</summary>
    public CryptokiResult Tokens(out ImmutableArray<TokenFacts> tokens)
    {
        tokens = [];
        ulong count = 0;
        CryptokiResult result = _functions->GetSlotList(1, null, &count);
        if (result != CryptokiResult.Ok)
            return result;

        count = Math.Min(count, MaxSlots);
        ulong* slots = stackalloc ulong[MaxSlots];
        result = count == 0 ? CryptokiResult.Ok : _functions->GetSlotList(1, slots, &count);
        if (result != CryptokiResult.Ok)
            return result;

        ImmutableArray<TokenFacts>.Builder found = ImmutableArray.CreateBuilder<TokenFacts>();
        foreach (ulong slot in new ReadOnlySpan<ulong>(slots, (int)Math.Min(count, MaxSlots)))
        {
            // One that is drawn just now, or never made ready, is no token.
            if (Describe(slot, out TokenFacts? facts) == CryptokiResult.Ok && facts!.Flags.HasFlag(TokenFlags.Initialized))
                found.Add(facts);
        }

        tokens = found.ToImmutable();
        return CryptokiResult.Ok;
    }

    public CryptokiResult Describe(ulong slot, out TokenFacts? facts)
    {
        TokenInfo info;
        CryptokiResult result = _functions->GetTokenInfo(slot, &info);
        facts = result != CryptokiResult.Ok ? null : new TokenFacts(
            slot,
            PaddedText.Read(new ReadOnlySpan<byte>(info.Label, 32)),
            PaddedText.Read(new ReadOnlySpan<byte>(info.Manufacturer, 32)),
            PaddedText.Read(new ReadOnlySpan<byte>(info.Model, 16)),
            PaddedText.Read(new ReadOnlySpan<byte>(info.Serial, 16)),
            (TokenFlags)info.Flags);
        return result;
    }

    /// <summary>A session that can read and sign, not write.</summary>
    public CryptokiResult OpenSession(ulong slot, out ulong session)
    {
        fixed (ulong* s = &session)
            return _functions->OpenSession(slot, SerialSession, null, null, s);
    }

    public void CloseSession(ulong session) => _ = _functions->CloseSession(session);

    public void CloseAllSessions(ulong slot) => _ = _functions->CloseAllSessions(slot);

    /// <summary>Holds for all sessions of this process with the token, and until the last of them is closed.</summary>
    public CryptokiResult Login(ulong session, ReadOnlySpan<byte> pin)
    {
        fixed (byte* p = pin)
            return _functions->Login(session, User, p, (ulong)pin.Length);
    }

    /// <summary>The private keys that have this label and this identifier, where they are given.</summary>
    public CryptokiResult PrivateKeys(ulong session, string? label, byte[]? id, out ImmutableArray<TokenKeyFacts> keys)
    {
        keys = [];
        ulong privateKey = AttributeType.ClassPrivateKey;
        byte[] text = Encoding.UTF8.GetBytes(label ?? "");
        ObjectAttribute* template = stackalloc ObjectAttribute[3];
        ulong* handles = stackalloc ulong[MaxKeys];
        ulong count = 0;
        CryptokiResult result;
        fixed (byte* l = text)
        fixed (byte* i = id)
        {
            ulong used = 0;
            template[used++] = new ObjectAttribute { Type = AttributeType.Class, Value = &privateKey, Length = sizeof(ulong) };
            if (label is not null)
                template[used++] = new ObjectAttribute { Type = AttributeType.Label, Value = l, Length = (ulong)text.Length };
            if (id is not null)
                template[used++] = new ObjectAttribute { Type = AttributeType.Id, Value = i, Length = (ulong)id.Length };
            result = _functions->FindObjectsInit(session, template, used);
        }

        if (result != CryptokiResult.Ok)
            return result;

        result = _functions->FindObjects(session, handles, MaxKeys, &count);
        _ = _functions->FindObjectsFinal(session);
        if (result == CryptokiResult.Ok)
            keys = [.. new ReadOnlySpan<ulong>(handles, (int)Math.Min(count, MaxKeys)).ToArray().Select(handle => Describe(session, handle))];
        return result;
    }

    /// <summary>Signs; <paramref name="length"/> is what was written.</summary>
    internal CryptokiResult Sign(
        ulong session, ulong key, Mechanism mechanism, ReadOnlySpan<byte> data, Span<byte> signature, out int length)
    {
        length = 0;
        CryptokiResult result = _functions->SignInit(session, &mechanism, key);
        if (result != CryptokiResult.Ok)
            return result;

        ulong written = (ulong)signature.Length;
        fixed (byte* d = data)
        fixed (byte* s = signature)
            result = _functions->Sign(session, d, (ulong)data.Length, s, &written);

        // What a module says of lengths is not believed where it would lead outside of ours.
        if (result == CryptokiResult.Ok && written > (ulong)signature.Length)
            return CryptokiResult.GeneralError;
        length = result == CryptokiResult.Ok ? (int)written : 0;
        return result;
    }

    private static CryptokiResult Initialize(FunctionList* functions)
    {
        var arguments = new InitializeArguments { Flags = OsLockingOk };
        return functions->Initialize(&arguments);
    }

    private TokenKeyFacts Describe(ulong session, ulong key)
    {
        Span<byte> value = stackalloc byte[MaxText];
        ulong type = Read(session, key, AttributeType.KeyType, value) == sizeof(ulong) ? BitConverter.ToUInt64(value) : ulong.MaxValue;
        string label = PaddedText.Read(value[..Read(session, key, AttributeType.Label, value)]);
        string id = Convert.ToHexStringLower(value[..Read(session, key, AttributeType.Id, value)]);
        bool sign = Read(session, key, AttributeType.Sign, value) != 1 || value[0] != 0;
        bool always = Read(session, key, AttributeType.AlwaysAuthenticate, value) == 1 && value[0] != 0;
        return new TokenKeyFacts(key, (TokenKeyType)type, label, id, sign, always);
    }

    /// <summary>The attribute's length; 0 when the key has none or does not show it.</summary>
    private int Read(ulong session, ulong key, ulong type, Span<byte> value)
    {
        fixed (byte* v = value)
        {
            var attribute = new ObjectAttribute { Type = type, Value = v, Length = (ulong)value.Length };
            CryptokiResult result = _functions->GetAttributeValue(session, key, &attribute, 1);
            return result == CryptokiResult.Ok && attribute.Length <= (ulong)value.Length ? (int)attribute.Length : 0;
        }
    }

    /// <summary>CKA_… and CKO_PRIVATE_KEY.</summary>
    private static class AttributeType
    {
        public const ulong Class = 0x000;
        public const ulong Label = 0x003;
        public const ulong KeyType = 0x100;
        public const ulong Id = 0x102;
        public const ulong Sign = 0x108;
        public const ulong AlwaysAuthenticate = 0x202;
        public const ulong ClassPrivateKey = 3;
    }
}
