namespace Postern.Interop.LibSsl.Handshake;

/// <summary>Extensions that decide something here (RFC 8446 §4.2, and the registry that it began).</summary>
internal enum ExtensionType : ushort
{
    ServerName = 0,
    MaxFragmentLength = 1,
    SupportedGroups = 10,
    SignatureAlgorithms = 13,
    Alpn = 16,
    PreSharedKey = 41,
    EarlyData = 42,
    SupportedVersions = 43,
    Cookie = 44,
    PskKeyExchangeModes = 45,
    SignatureAlgorithmsCert = 50,
    KeyShare = 51,
}
