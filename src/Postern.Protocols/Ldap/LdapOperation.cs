namespace Postern.Protocols.Ldap;

/// <summary>Tags of RFC 4511 §4.2 to §4.13, and the numbers of results (§4.1.9) that are said here.</summary>
internal static class LdapOperation
{
    public const byte BindRequest = 0x60;
    public const byte UnbindRequest = 0x42;
    public const byte SearchRequest = 0x63;
    public const byte SearchEntry = 0x64;
    public const byte SearchDone = 0x65;
    public const byte ModifyRequest = 0x66;
    public const byte AddRequest = 0x68;
    public const byte DeleteRequest = 0x4a;
    public const byte DeleteResponse = 0x6b;
    public const byte RenameRequest = 0x6c;
    public const byte CompareRequest = 0x6e;
    public const byte AbandonRequest = 0x50;
    public const byte ExtendedRequest = 0x77;
    public const byte ExtendedResponse = 0x78;

    public const int Success = 0;
    public const int ProtocolError = 2;
    public const int ConfidentialityRequired = 13;
    public const int Busy = 51;
    public const int Unavailable = 52;

    /// <summary>requestName and requestValue of an ExtendedRequest, responseName of its response (§4.12).</summary>
    public const byte RequestName = 0x80;
    public const byte RequestValue = 0x81;
    public const byte ResponseName = 0x8a;

    /// <summary>RFC 4511 §4.14.1.</summary>
    public static ReadOnlySpan<byte> StartTls => "1.3.6.1.4.1.1466.20037"u8;

    /// <summary>§4.4.1: said unasked, before the connection ends.</summary>
    public static ReadOnlySpan<byte> NoticeOfDisconnection => "1.3.6.1.4.1.1466.20036"u8;

    /// <summary>The tag of the answer; 0 for what has none, or is not known.</summary>
    public static byte AnswerTo(byte request) => request switch
    {
        SearchRequest => SearchDone,
        DeleteRequest => DeleteResponse,
        BindRequest or ModifyRequest or AddRequest or RenameRequest or CompareRequest or ExtendedRequest => (byte)(request + 1),
        _ => 0,
    };
}
