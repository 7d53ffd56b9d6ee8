namespace Postern.Interop.LibSsl.Records;

/// <summary>Alerts that the record layer says or has a meaning for (RFC 8446 §6); any other number is somebody's failure.</summary>
internal enum Alert : byte
{
    CloseNotify = 0,
    UnexpectedMessage = 10,
    BadRecordMac = 20,
    RecordOverflow = 22,
    IllegalParameter = 47,
    DecodeError = 50,
    DecryptError = 51,
    InternalError = 80,
    UserCanceled = 90,
}

/// <summary>Their names, as the RFC writes them.</summary>
internal static class AlertNames
{
    /// <summary>RFC 8446 §6, and what TLS 1.2 had besides: of a number that nobody registered, the number.</summary>
    public static string Of(byte description) => description switch
    {
        0 => "close_notify",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        22 => "record_overflow",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        109 => "missing_extension",
        110 => "unsupported_extension",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        120 => "no_application_protocol",
        _ => $"alert {description}",
    };
}
