using Postern.Interop.LibSsl.Handshake;

namespace Postern.Interop.LibSsl;

/// <summary>The usual handshake, which is ours (docs/adr/0021-handshake.md), with OpenSSL behind it for whatever is not usual.</summary>
public sealed partial class TlsChannel
{
    private ServerHandshake? _own;

    /// <summary>The handshake is, or was, OpenSSL's.</summary>
    internal bool IsOpenSsl => _ssl != 0;

    /// <summary>Null: OpenSSL has to do it, with the same bytes.</summary>
    private TlsStatus? AdvanceOwn()
    {
        switch (_own!.Advance(_wire))
        {
            case HandshakeStep.NeedInput:
                return TlsStatus.WantRead;

            case HandshakeStep.Failed:
                _failure = _own.Failure;
                _fault = TlsFault.Other;
                return TlsStatus.Failed;

            case HandshakeStep.Declined:
                _own.Dispose();
                _own = null;
                BeginAccept();
                return null;

            default:
                _records = _own.TakeRecords();
                _version = "TLSv1.3";
                _cipher = _own.Cipher;
                _resumed = _own.Resumed;
                HandshakeDone = true;
                return TlsStatus.Ok;
        }
    }
}
