namespace Postern.Interop.LibSsl.Records;

/// <summary>What a record holds: RFC 8446 §5.1.</summary>
internal enum ContentType : byte
{
    Alert = 21,
    Handshake = 22,
    ApplicationData = 23,
}
