using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Postern.Roles.Tests;

/// <summary>
/// A PKCS #11 module that is SoftHSM but for a few functions, which misbehave as they are told: what real tokens do when
/// they are drawn, full, nearly locked, or broken.
/// </summary>
internal sealed class FaultyModule
{
    private const string Source = """
        #define CRYPTOKI_GNU
        #include <dlfcn.h>
        #include <pthread.h>
        #include <string.h>
        #include <p11-kit/pkcs11.h>

        static struct ck_function_list *real, ours;
        static volatile long flags, sign_error, sign_error_once, open_error_after, sign_length, logins, open_sessions, most_sessions;
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

        void fault(const char *name, long value) {
            if (!strcmp(name, "flags")) flags = value;
            if (!strcmp(name, "sign_error")) sign_error = value;
            if (!strcmp(name, "sign_error_once")) sign_error_once = value;
            if (!strcmp(name, "most_sessions")) most_sessions = value;
            if (!strcmp(name, "sign_length")) sign_length = value;
        }

        long counted(const char *name) { return !strcmp(name, "logins") ? logins : open_sessions; }

        static ck_rv_t token_info(ck_slot_id_t slot, struct ck_token_info *info) {
            ck_rv_t result = real->C_GetTokenInfo(slot, info);
            info->flags |= flags;
            return result;
        }

        static ck_rv_t login(ck_session_handle_t session, ck_user_type_t user, unsigned char *pin, unsigned long length) {
            logins++;
            return real->C_Login(session, user, pin, length);
        }

        static ck_rv_t open_session(ck_slot_id_t slot, ck_flags_t f, void *application, ck_notify_t notify, ck_session_handle_t *session) {
            pthread_mutex_lock(&lock);
            ck_rv_t result = most_sessions && open_sessions >= most_sessions ? CKR_SESSION_COUNT : real->C_OpenSession(slot, f, application, notify, session);
            if (result == CKR_OK) open_sessions++;
            pthread_mutex_unlock(&lock);
            return result;
        }

        static ck_rv_t close_session(ck_session_handle_t session) {
            pthread_mutex_lock(&lock);
            open_sessions--;
            pthread_mutex_unlock(&lock);
            return real->C_CloseSession(session);
        }

        static ck_rv_t close_all(ck_slot_id_t slot) { open_sessions = 0; return real->C_CloseAllSessions(slot); }

        static ck_rv_t sign(ck_session_handle_t session, unsigned char *data, unsigned long length, unsigned char *signature, unsigned long *room) {
            if (sign_error) return sign_error;
            if (sign_error_once) {
                ck_rv_t result = sign_error_once;
                sign_error_once = 0;
                return result;
            }
            ck_rv_t result = real->C_Sign(session, data, length, signature, room);
            if (sign_length) *room = sign_length;
            return result;
        }

        ck_rv_t C_GetFunctionList(struct ck_function_list **list) {
            if (!real) {
                void *library = dlopen("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW);
                CK_C_GetFunctionList get = (CK_C_GetFunctionList)dlsym(library, "C_GetFunctionList");
                if (!get || get(&real)) return CKR_GENERAL_ERROR;
                ours = *real;
                ours.C_GetTokenInfo = token_info;
                ours.C_Login = login;
                ours.C_OpenSession = open_session;
                ours.C_CloseSession = close_session;
                ours.C_CloseAllSessions = close_all;
                ours.C_Sign = sign;
            }
            *list = &ours;
            return CKR_OK;
        }
        """;

    private readonly nint _library;

    public FaultyModule(string directory)
    {
        Path = System.IO.Path.Combine(directory, $"faulty-{Guid.NewGuid():N}.so");
        string source = Path + ".c";
        File.WriteAllText(source, Source);
        using Process compiler = Process.Start("gcc", ["-shared", "-fPIC", "-O1", "-I/usr/include/p11-kit-1", source, "-o", Path, "-ldl", "-lpthread"]);
        compiler.WaitForExit();
        _library = NativeLibrary.Load(Path);
    }

    private delegate void Setter([MarshalAs(UnmanagedType.LPStr)] string name, nint value);

    private delegate nint Getter([MarshalAs(UnmanagedType.LPStr)] string name);

    public string Path { get; }

    public nint Logins => Marshal.GetDelegateForFunctionPointer<Getter>(NativeLibrary.GetExport(_library, "counted"))("logins");

    public nint Sessions => Marshal.GetDelegateForFunctionPointer<Getter>(NativeLibrary.GetExport(_library, "counted"))("sessions");

    public void Set(string fault, nint value) => Marshal.GetDelegateForFunctionPointer<Setter>(NativeLibrary.GetExport(_library, "fault"))(fault, value);
}
