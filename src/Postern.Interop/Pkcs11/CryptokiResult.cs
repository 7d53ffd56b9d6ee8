namespace Postern.Interop.Pkcs11;

/// <summary>CK_RV of PKCS #11 2.40: how a call to a module ended. Those that say something to an operator.</summary>
public enum CryptokiResult : ulong
{
    Ok = 0x0,
    HostMemory = 0x2,
    SlotIdInvalid = 0x3,
    GeneralError = 0x5,
    FunctionFailed = 0x6,
    ArgumentsBad = 0x7,
    NeedToCreateThreads = 0x9,
    CantLock = 0xa,
    AttributeSensitive = 0x11,
    AttributeTypeInvalid = 0x12,
    AttributeValueInvalid = 0x13,
    ActionProhibited = 0x1b,
    DataInvalid = 0x20,
    DataLenRange = 0x21,
    DeviceError = 0x30,
    DeviceMemory = 0x31,
    DeviceRemoved = 0x32,
    FunctionCanceled = 0x50,
    FunctionNotSupported = 0x54,
    KeyHandleInvalid = 0x60,
    KeySizeRange = 0x62,
    KeyTypeInconsistent = 0x63,
    KeyFunctionNotPermitted = 0x68,
    MechanismInvalid = 0x70,
    MechanismParamInvalid = 0x71,
    ObjectHandleInvalid = 0x82,
    OperationActive = 0x90,
    OperationNotInitialized = 0x91,
    PinIncorrect = 0xa0,
    PinInvalid = 0xa1,
    PinLenRange = 0xa2,
    PinExpired = 0xa3,
    PinLocked = 0xa4,
    SessionClosed = 0xb0,
    SessionCount = 0xb1,
    SessionHandleInvalid = 0xb3,
    SessionReadOnly = 0xb5,
    TemplateInconsistent = 0xd1,
    TokenNotPresent = 0xe0,
    TokenNotRecognized = 0xe1,
    UserAlreadyLoggedIn = 0x100,
    UserNotLoggedIn = 0x101,
    UserPinNotInitialized = 0x102,
    UserTypeInvalid = 0x103,
    UserAnotherAlreadyLoggedIn = 0x104,
    UserTooManyTypes = 0x105,
    CurveNotSupported = 0x140,
    BufferTooSmall = 0x150,
    CryptokiNotInitialized = 0x190,
    CryptokiAlreadyInitialized = 0x191,
    FunctionRejected = 0x200,
}

public static class CryptokiResults
{
    /// <summary>As the standard writes it: "CKR_PIN_INCORRECT"; a number for one that it does not have.</summary>
    public static string Name(this CryptokiResult result)
    {
        string word = result.ToString();
        return char.IsAsciiLetter(word[0])
            ? "CKR_" + string.Concat(word.Select((letter, i) => i > 0 && char.IsAsciiLetterUpper(letter) ? "_" + letter : char.ToUpperInvariant(letter).ToString()))
            : $"CKR 0x{(ulong)result:x}";
    }

    /// <summary>
    /// The token, the session or the login is gone, but may come back: a card that was drawn and put in again, a network
    /// token that started anew.
    /// </summary>
    public static bool IsLoss(this CryptokiResult result) => result is CryptokiResult.DeviceError or CryptokiResult.DeviceRemoved
        or CryptokiResult.TokenNotPresent or CryptokiResult.SessionClosed or CryptokiResult.SessionHandleInvalid
        or CryptokiResult.UserNotLoggedIn or CryptokiResult.KeyHandleInvalid or CryptokiResult.ObjectHandleInvalid
        or CryptokiResult.SlotIdInvalid;
}
