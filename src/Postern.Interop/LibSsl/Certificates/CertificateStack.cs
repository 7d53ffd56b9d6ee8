namespace Postern.Interop.LibSsl.Certificates;

/// <summary>The certificates of a PEM file in their order, freed with it.</summary>
internal sealed unsafe class CertificateStack : IDisposable
{
    // ERR_GET_LIB and ERR_GET_REASON of err.h: PEM_read_bio says by PEM_R_NO_START_LINE that nothing (more) came.
    private const nuint LibPem = 9;
    private const nuint NoStartLine = 108;
    private const nuint LibMask = 0xFF;
    private const int LibShift = 23;
    private const nuint ReasonMask = 0x7FFFFF;

    private readonly List<nint> _certificates = [];

    public int Count => _certificates.Count;

    public nint this[int index] => _certificates[index];

    public static CertificateStack Read(ReadOnlySpan<byte> pem, out PemProblem problem)
    {
        var stack = new CertificateStack();
        problem = stack.Fill(pem);
        LibCrypto.Pem.ERR_clear_error();
        return stack;
    }

    public void Dispose()
    {
        foreach (nint certificate in _certificates)
            LibCrypto.X509_free(certificate);
        _certificates.Clear();
    }

    private PemProblem Fill(ReadOnlySpan<byte> pem)
    {
        if (pem.IndexOf("-----BEGIN "u8) < 0)
            return PemProblem.NotPem;

        fixed (byte* text = pem)
        {
            // The buffer is read in place: it lives as long as the BIO, and both end here.
            byte noPassphrase = 0;
            nint bio = LibCrypto.Pem.BIO_new_mem_buf(text, pem.Length);
            LibCrypto.Pem.ERR_clear_error();
            while (LibCrypto.Pem.PEM_read_bio_X509(bio, null, 0, &noPassphrase) is var certificate and not 0)
            {
                _certificates.Add(certificate);
                if (Count > CertificateInspector.MaxCertificates)
                    break;
            }

            nuint error = LibCrypto.Pem.ERR_peek_last_error();
            _ = LibCrypto.Pem.BIO_free(bio);
            if (Count > CertificateInspector.MaxCertificates)
                return PemProblem.TooMany;

            bool ended = ((error >> LibShift) & LibMask) == LibPem && (error & ReasonMask) == NoStartLine;
            if (!ended)
                return PemProblem.Malformed;

            return Count == 0 ? PemProblem.NothingInIt : PemProblem.None;
        }
    }
}
